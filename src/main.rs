//! Many upstream API keys behind one OpenAI-compatible address.

use std::process::ExitCode;

use clap::Parser;
use ollama_api_pool::cli::{self, Cli, Command, Outcome};
use ollama_api_pool::config::Config;
use ollama_api_pool::server::Server;
use ollama_api_pool::{healthcheck, private_files, shutdown};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    private_files::restrict_new();
    // A missing .env is usual; a broken one is worth a word.
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        eprintln!(".env: {error}");
        return ExitCode::FAILURE;
    }
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve);
    // A service tells what it does; a command tells what it was asked.
    let level = if matches!(command, Command::Serve) { "info,actix_server=warn" } else { "warn" };
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(level)).init();
    let ended = match command {
        Command::Serve => serve(cli.config).await.map(|()| Outcome::Done),
        Command::Healthcheck => healthcheck::run(&cli.config).await.map(|()| Outcome::Done),
        command => cli::run(command, &cli.config).await,
    };
    cli::exit_code(ended)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let host = config.server.host;
    let server = Server::build(config).await?;
    println!("Listening on {}://{host}:{}", server.scheme(), server.port());
    if let Some(address) = server.admin_address() {
        log::info!("/livez, /readyz and /metrics are at http://{address}, too");
    }
    match &server.secrets_made_in {
        Some(file) => println!("The admin token is `admin_token` in {}", file.display()),
        None => println!("The admin token is the one in ADMIN_TOKEN"),
    }
    server.run_until_stopped(shutdown::signal()).await
}
