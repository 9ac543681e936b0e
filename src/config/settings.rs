//! The settings of a run: flags first, then environment variables, then the configuration file, then defaults.

use std::sync::Arc;
use std::time::Duration;

use super::file::{Config, load};
use super::values::{endpoint, license_server, resolver};
use crate::cli::{Global, LONGEST};
use crate::diagnosis::Catalogue;
use crate::probes::credentials::learn_shell_tokens;
use crate::probes::sources::docker::is_valid_address;
use crate::probes::{Context, DEFAULT_API_ENDPOINT, Host, Limits};

/// The default time limit of each check.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The default time between two rounds of checks.
const INTERVAL: Duration = Duration::from_secs(1);

/// Where to look and how often, merged from all sources.
#[derive(Debug)]
pub struct Settings {
    /// What probes may use.
    pub context: Context,
    /// Time between looks.
    pub interval: Duration,
    /// The file's other settings.
    pub config: Config,
}

/// Merges the settings of a run: a flag wins over an environment variable, a variable over the file, the file over a default.
///
/// # Errors
/// When a value cannot be read: which one, and what to write instead.
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

#[cfg(test)]
mod tests {
    use super::*;

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
