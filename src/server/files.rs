//! Limit of open files: raised as far as the system lets, since each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are not a client's or an upstream's connection: databases, logs, other listeners.
const KEPT: u64 = 128;

/// actix's own bound of connections that a worker has at once.
const CONNECTIONS_MAX: u64 = 25_600;

/// Least number of connections of a worker, however few files there are.
const CONNECTIONS_MIN: u64 = 16;

/// Raises the limit of open files to the hard one, and logs it. Returns the limit; `None` for no
/// limit.
pub fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        log::info!("open files: at most {}", told(current));
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => {
            log::info!("open files: at most {}, raised from {}", told(maximum), told(current));
            maximum
        }
        Err(error) => {
            log::warn!("open files: at most {}, which can't be raised: {error}", told(current));
            current
        }
    }
}

fn told(limit: Option<u64>) -> String {
    limit.map_or_else(|| "any number".to_owned(), |limit| limit.to_string())
}

/// Connections that one of so many workers may have at once: further ones wait to be accepted, so
/// that clients never take the last file. Each may need one of an upstream, too.
pub fn connections_per_worker(limit: Option<u64>, workers: usize) -> usize {
    let workers = u64::try_from(workers).unwrap_or(1).max(1);
    let connections = match limit {
        None => CONNECTIONS_MAX,
        Some(limit) => limit.saturating_sub(KEPT) / 2 / workers,
    };
    usize::try_from(connections.clamp(CONNECTIONS_MIN, CONNECTIONS_MAX)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{connections_per_worker, raise};

    #[test]
    fn it_is_as_high_as_it_can_be() {
        let limit = raise();
        let now = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        assert_eq!((now.current, limit), (now.maximum, now.maximum));
    }

    #[test]
    fn clients_never_take_the_last_file() {
        assert_eq!(connections_per_worker(Some(1024), 2), 224);
        assert_eq!(connections_per_worker(Some(1024), 0), 448);
        assert_eq!(connections_per_worker(Some(64), 4), 16);
        assert_eq!(connections_per_worker(Some(1 << 20), 1), 25_600);
        assert_eq!(connections_per_worker(None, 8), 25_600);
    }
}
