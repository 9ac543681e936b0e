//! The configuration file, and how flags, environment, file and defaults are laid over one another.
//! It decides where to look and how long, never what anything means.

mod file;

pub use file::{Config, load, template};

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::cli::{Global, LONGEST};
use crate::diagnosis::Catalogue;
use crate::probes::credentials::learn_shell_tokens;
use crate::probes::sources::docker::is_valid_address;
use crate::probes::{Context, DEFAULT_API_ENDPOINT, Host, Limits};

/// Each check may take this long, unless told otherwise.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How often is looked again, unless told otherwise.
const INTERVAL: Duration = Duration::from_secs(1);
/// Where to look and how, after everything was laid over one another.
#[derive(Debug)]
pub struct Settings {
    /// What probes may use.
    pub context: Context,
    /// Time between looks.
    pub interval: Duration,
    /// The file's other settings.
    pub config: Config,
}

/// Lays flags over environment over file over defaults.
///
/// # Errors
/// When a value cannot be understood: which, and how to write it.
pub fn settle(global: &Global, host: Host, catalogue: &Catalogue) -> Result<Settings, String> {
    let config = load(global.config.as_ref(), &host)?;
    let env = |name: &str| host.var(name).map(str::to_owned);
    let endpoint = global
        .endpoint_url
        .clone()
        .or_else(|| env("LSTK_ENDPOINT_URL"))
        .or_else(|| env("AWS_ENDPOINT_URL"))
        .or_else(|| config.endpoint_url.clone())
        .map(|url| endpoint(&url))
        .transpose()?;
    let api_endpoint = global
        .api_endpoint
        .clone()
        .or_else(|| env("API_ENDPOINT"))
        .or_else(|| config.api_endpoint.clone())
        .unwrap_or_else(|| DEFAULT_API_ENDPOINT.to_owned());
    let api_endpoint = license_server(&api_endpoint)?;
    let dns_servers = if global.dns_server.is_empty() {
        config.dns_server.clone()
    } else {
        global.dns_server.iter().map(|s| resolver(s)).collect::<Result<_, _>>()?
    };
    let timeout = global.timeout.or(config.timeout).unwrap_or(TIMEOUT);
    let interval = global.interval.or(config.interval).unwrap_or(INTERVAL);
    let limits = Limits {
        // Too short a limit would make every answer a time-out.
        timeout: timeout.clamp(Duration::from_millis(10), LONGEST),
        offline: global.offline || config.offline,
        keyring: global.keyring,
    };
    let docker_host = global
        .docker_host
        .clone()
        .or_else(|| env("DOCKER_HOST").is_none().then(|| config.docker_host.clone()).flatten());
    docker_host.as_deref().map_or(Ok(()), is_valid_address)?;
    let context = Context {
        endpoint,
        container: global.container.clone().or_else(|| config.container.clone()),
        docker_host,
        api_endpoint,
        dns_servers,
        other_hosts: catalogue.lexicon.hosts.iter().map(|host| host.url.clone()).collect(),
        ..Context::new(host, limits, Arc::new(catalogue.phrases()?))
    };
    learn_shell_tokens(&context);
    Ok(Settings { context, interval: interval.clamp(Duration::from_millis(50), LONGEST), config })
}

fn endpoint(text: &str) -> Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(' ') => Ok(url),
        _ => Err(format!("`{text}` is no endpoint URL: write it like http://localhost:4566")),
    }
}

fn resolver(text: &str) -> Result<SocketAddr, String> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    text.parse::<SocketAddr>()
        .or_else(|_| bare.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53)))
        .map_err(|_| format!("`{text}` is no resolver address: write it like 10.0.0.2 or 10.0.0.2:53"))
}

fn license_server(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(format!("`{text}` is no URL of a license server: begin it with https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        assert_eq!(endpoint("localhost:4566/"), Ok("http://localhost:4566".into()));
        assert!(endpoint("ftp://x").is_err());
        assert!(endpoint("").is_err());
        assert_eq!(resolver("10.0.0.2").map(|a| a.port()), Ok(53));
        assert_eq!(resolver("[::1]:5353").map(|a| a.port()), Ok(5353));
        assert!(resolver("dns.example").is_err());
    }

    #[test]
    fn a_flag_goes_before_the_environment_and_the_environment_before_the_file() {
        let catalogue = Catalogue::load().unwrap();
        let mut host = Host::default();
        host.env.insert("AWS_ENDPOINT_URL".into(), "http://env:1".into());
        let flag = Global { endpoint_url: Some("http://flag:1".into()), ..Global::default() };
        let endpoint = |g: &Global, h: Host| settle(g, h, &catalogue).unwrap().context.endpoint.unwrap();
        assert_eq!(endpoint(&flag, host.clone()), "http://flag:1");
        assert_eq!(endpoint(&Global::default(), host), "http://env:1");
    }
}
