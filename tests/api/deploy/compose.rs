//! `docker-compose.yml`, and what it mounts.

use std::collections::BTreeSet;

use clap::Parser;
use ollama_api_pool::cli::Cli;
use ollama_api_pool::config::TrustedProxies;
use serde_json::{Map, Value, json};

use super::{path, read, settings, yaml};

fn compose() -> Value {
    yaml("docker-compose.yml")
}

fn object<'a>(value: &'a Value, what: &str) -> &'a Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("{what}: {value}"))
}

fn texts(value: &Value) -> Vec<&str> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|text| text.as_str().expect("a text")).collect()
}

/// The replicas of the program.
fn replicas(compose: &Value) -> Vec<&Value> {
    let all = object(&compose["services"], "services").values();
    let own = |service: &&Value| service["image"].as_str().is_some_and(|i| i.contains("api-pool"));
    let replicas: Vec<&Value> = all.filter(own).collect();
    assert_eq!(replicas.len(), 2);
    replicas
}

/// Each `${NAME…}` of the file: the name, and what follows it.
fn variables(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("${").skip(1);
    let parts = parts.map(|part| part.split('}').next().expect("a part"));
    let end = |part: &str| part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    parts.map(|part| part.split_at(end(part).unwrap_or(part.len()))).collect()
}

fn is_secret(name: &str) -> bool {
    let ends = ["PASSWORD", "PASS", "TOKEN", "SECRET", "ENCRYPTION_KEY", "SECRET_KEY"];
    ends.iter().any(|end| name.ends_with(end))
}

/// A name that is not known would do nothing; one that is missing could not be set.
#[test]
fn the_program_is_told_what_it_knows() {
    let compose = compose();
    let mut known = settings();
    // The image says where they are.
    known.remove("ASSETS_DIR");
    for replica in replicas(&compose) {
        let told = object(&replica["environment"], "environment").keys().cloned();
        assert_eq!(told.collect::<BTreeSet<_>>(), known);
    }
}

#[test]
fn no_secret_is_everybodys() {
    let (text, compose) = (read("docker-compose.yml"), compose());
    let (example, head) = (read(".env.example"), text.split("\nname:").next().expect("a head"));
    let mut secrets = BTreeSet::new();
    for (name, rest) in variables(&text) {
        assert!(example.contains(&format!("\n#{name}=")), ".env.example lacks {name}");
        if is_secret(name) {
            secrets.insert(name);
            assert!(
                rest.starts_with(":?") && rest.ends_with("openssl rand -hex 32"),
                "{name}{rest}"
            );
            assert!(head.contains(name), "the line that makes secrets lacks {name}");
        }
    }
    assert_eq!(secrets.len(), 6, "{secrets:?}");
    for (service, settings) in object(&compose["services"], "services") {
        let Some(environment) = settings["environment"].as_object() else { continue };
        for (name, value) in environment.iter().filter(|(name, _)| is_secret(name)) {
            let given =
                value.is_null() || value.as_str().is_some_and(|text| text.starts_with("${"));
            assert!(given, "{service}: {name} is in the file");
        }
    }
    let database = replicas(&compose)[0]["environment"]["DATABASE_URL"].as_str().expect("a URL");
    assert!(database.starts_with("postgres://pool:${POSTGRES_PASSWORD:?"), "{database}");
}

/// Clear text between the containers is a choice, and made where nobody else is.
#[test]
fn stores_are_reached_in_clear_text_by_choice() {
    let compose = compose();
    for replica in replicas(&compose) {
        assert_eq!(replica["environment"]["ALLOW_PLAINTEXT_STORES"], "true");
    }
    assert_eq!(compose["networks"]["stores"]["internal"], true);
    for store in ["postgres", "redis"] {
        assert_eq!(compose["services"][store]["networks"], json!(["stores"]), "{store}");
    }
}

#[test]
fn services_are_pinned_watched_and_contained() {
    for (name, service) in object(&compose()["services"], "services") {
        let image = service["image"].as_str().expect("an image");
        let tag = image.rsplit_once(':').map(|(_, tag)| tag.trim_start_matches('v'));
        assert!(tag.is_some_and(|tag| tag.starts_with(|c: char| c.is_ascii_digit())), "{image}");
        let test = texts(&service["healthcheck"]["test"]);
        assert!(test.len() > 1 && test[0].starts_with("CMD"), "{name}: {test:?}");
        assert_eq!(service["restart"], "unless-stopped", "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["read_only"], json!(name != "prometheus"), "{name}");
        for port in texts(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name}: {port} is open to the world");
        }
    }
}

#[test]
fn what_is_mounted_is_there() {
    let compose = compose();
    let declared: BTreeSet<&str> =
        object(&compose["volumes"], "volumes").keys().map(String::as_str).collect();
    let mut used = BTreeSet::new();
    for service in object(&compose["services"], "services").values() {
        for mount in texts(&service["volumes"]) {
            let source = mount.split(':').next().expect("a source");
            if !source.starts_with('.') {
                used.insert(source);
            } else {
                assert!(path(source).exists(), "{source}");
                assert!(mount.ends_with(":ro"), "{mount}");
            }
        }
    }
    assert_eq!(used, declared);
}

#[test]
fn the_balancer_is_believed_and_knows_the_replicas() {
    let (compose, nginx) = (compose(), read("deploy/nginx/nginx.conf"));
    let address = |service: &Value| {
        let address = &service["networks"]["edge"]["ipv4_address"];
        address.as_str().expect("an address").to_owned()
    };
    let balancer = address(&compose["services"]["balancer"]);
    for replica in replicas(&compose) {
        let trusted = replica["environment"]["TRUSTED_PROXIES"].as_str().expect("a text");
        let (_, default) = variables(trusted)[0];
        let proxies: TrustedProxies = default.trim_start_matches(":-").parse().expect("addresses");
        assert!(proxies.contains(balancer.parse().expect("an address")), "{trusted}");
        let replica = address(replica);
        assert!(!proxies.contains(replica.parse().expect("an address")), "{trusted}");
        assert!(nginx.contains(&format!("server {replica}:8080 ")), "{replica}");
    }
    for line in
        ["proxy_buffering off;", "X-Forwarded-For $remote_addr;", "X-Forwarded-Proto $asked_by;"]
    {
        assert!(nginx.contains(line), "{line}");
    }
    assert!(!nginx.contains("$proxy_add_x_forwarded_for"), "a client's own words would go along");
}

/// Else the container would be killed before its last write.
#[test]
fn a_stop_has_the_time_that_it_takes() {
    let server = Cli::parse_from(["ollama-api-pool"]).config.server;
    let takes = server.drain_ms.div_ceil(1000) + server.shutdown_timeout_secs + 8;
    for replica in replicas(&compose()) {
        let grace = replica["stop_grace_period"].as_str().expect("a text").trim_end_matches('s');
        assert!(grace.parse::<u64>().expect("seconds") > takes, "{grace} s, {takes} s");
    }
}
