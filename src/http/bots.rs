//! Who looks for other people's holes: scanners by what they call themselves and by what they ask
//! for. They are counted and noted in the log, nothing else: whoever is meant can call himself
//! anything.

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;

/// Parts of what scanners call themselves, in lower case.
const AGENTS: [&str; 16] = [
    "acunetix",
    "censys",
    "dirbuster",
    "feroxbuster",
    "gobuster",
    "internetmeasurement",
    "l9explore",
    "masscan",
    "nessus",
    "nikto",
    "nmap",
    "nuclei",
    "sqlmap",
    "wpscan",
    "zgrab",
    "zmeu",
];

/// Parts of paths that nobody has here, in lower case.
const PATHS: [&str; 16] = [
    "/.aws",
    "/.env",
    "/.git",
    "/.ssh",
    "/actuator",
    "/boaform",
    "/cgi-bin",
    "/etc/passwd",
    "/geoserver",
    "/hnap1",
    "/phpmyadmin",
    "/server-status",
    "/solr",
    "/vendor/phpunit",
    "/wp-",
    ".php",
];

/// What was met, by part. As many counts as there are parts, whoever comes.
pub struct Bots {
    enabled: bool,
    agents: [AtomicU64; AGENTS.len()],
    paths: [AtomicU64; PATHS.len()],
}

impl Bots {
    /// Nobody was met yet. Nobody is looked at unless it is enabled.
    pub fn new(enabled: bool) -> Self {
        Self { enabled, agents: Default::default(), paths: Default::default() }
    }

    /// Notes a scanner. The log has the first, the second, the fourth … of each part, so that
    /// nobody can fill it, and never the stranger's own words.
    pub fn look(&self, request: &HttpRequest, from: &str) {
        if !self.enabled {
            return;
        }
        let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        if let Some(agent) = agent
            && let Some((part, count)) = meet(&AGENTS, &self.agents, agent)
        {
            tell("calls itself", part, count, from);
        }
        if let Some((part, count)) = meet(&PATHS, &self.paths, request.path()) {
            tell("asks for", part, count, from);
        }
    }
}

/// The part that is in this text, and how often it was met.
fn meet(parts: &[&'static str], counts: &[AtomicU64], text: &str) -> Option<(&'static str, u64)> {
    let text = text.to_ascii_lowercase();
    let found = parts.iter().zip(counts).find(|(part, _)| text.contains(**part));
    found.map(|(part, count)| (*part, count.fetch_add(1, Ordering::Relaxed) + 1))
}

fn tell(does: &str, part: &str, count: u64, from: &str) {
    if count.is_power_of_two() {
        log::warn!("a scanner {does} `{part}`: {count} so far, the last from {from}");
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::{AGENTS, Bots, PATHS};

    fn met(bots: &Bots) -> u64 {
        let counts = bots.agents.iter().chain(&bots.paths);
        counts.map(|count| count.load(std::sync::atomic::Ordering::Relaxed)).sum()
    }

    fn look(bots: &Bots, agent: &str, path: &str) -> u64 {
        let before = met(bots);
        let request = TestRequest::with_uri(path).insert_header(("user-agent", agent));
        bots.look(&request.to_http_request(), "192.0.2.1");
        met(bots) - before
    }

    #[test]
    fn scanners_are_met_and_clients_are_not() {
        let bots = Bots::new(true);
        for agent in ["Mozilla/5.0 zgrab/0.x", "sqlmap/1.7", "Nikto/2.5"] {
            assert_eq!(look(&bots, agent, "/"), 1, "{agent}");
        }
        for path in ["/.env", "/wp-login.php", "/old/.git/config", "/index.php", "/WP-admin"] {
            assert_eq!(look(&bots, "Mozilla/5.0", path), 1, "{path}");
        }
        assert_eq!(look(&bots, "nuclei", "/.env"), 2, "both are told");
        for agent in ["OpenAI/Python 1.50", "curl/8.5", "Mozilla/5.0 (Macintosh)", ""] {
            for path in ["/", "/v1/models", "/dashboard/keys", "/project/changelog", "/user"] {
                assert_eq!(look(&bots, agent, path), 0, "{agent} {path}");
            }
        }
        assert_eq!(look(&Bots::new(false), "sqlmap", "/.env"), 0);
    }

    #[test]
    fn parts_are_in_lower_case() {
        let parts = AGENTS.iter().chain(&PATHS);
        assert!(parts.into_iter().all(|part| *part == part.to_ascii_lowercase()));
    }
}
