//! The stub as a process of its own, for benchmarks: default answers, nothing recorded.

use std::{env, io, net::SocketAddr, process::ExitCode, time::Duration};

use tokio::{net::TcpListener, runtime};

const USAGE: &str = "usage: pool-stub [--listen 127.0.0.1:18081] [--chunks 5] [--interval-ms 0]";

struct Options {
    listen: SocketAddr,
    chunks: usize,
    pause: Duration,
}

fn main() -> ExitCode {
    let options = match options(env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("pool-stub: {why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("pool-stub: {}: {e}", options.listen);
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(options.listen).await?;
        println!("http://{}", listener.local_addr()?);
        pool_stub::serve_counting(listener, options.chunks, options.pause).await;
        Ok(())
    })
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 18081)),
        chunks: pool_stub::EVENTS,
        pause: Duration::ZERO,
    };
    while let Some(name) = args.next() {
        let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
        let wrong = || format!("{name}: {value} is not valid");
        match name.as_str() {
            "--listen" => options.listen = value.parse().map_err(|_| wrong())?,
            "--chunks" => options.chunks = value.parse().map_err(|_| wrong())?,
            "--interval-ms" => {
                options.pause = Duration::from_millis(value.parse().map_err(|_| wrong())?);
            }
            _ => return Err(format!("{name} is unknown")),
        }
    }
    if !options.listen.ip().is_loopback() {
        return Err(format!("{} is not a loopback address", options.listen));
    }
    Ok(options)
}
