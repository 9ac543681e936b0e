//! Which proxy LocalStack's HTTP client (Python's requests) would take to the license server, as the variables say.
//! Nothing is connected here, and whether the choice is wise is not judged.

use std::net::Ipv4Addr;

use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::Url;
use secrecy::SecretString;

use super::server::{Scheme, Server, bare};
use crate::observations::{NoProxy, Proxy, ProxyUse, Variable};
use crate::probes::host::Environment;
use crate::scrub::Scrubber;
use crate::scrub::url::{LONGEST_SHOWN, decoded, masked};

/// The variables that matter, in the order in which they are shown.
const VARIABLES: [&str; 10] = [
    "OUTBOUND_HTTPS_PROXY",
    "OUTBOUND_HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "http_proxy",
    "HTTP_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];
/// The port of a SOCKS proxy whose URL names none.
const SOCKS_PORT: u16 = 1080;

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// HTTP.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS 5, with the server's name (`socks5h`) or with an address that this side looks up (`socks5`).
    Socks { by_name: bool },
}

/// A user and a password, as SOCKS sends them.
pub(super) struct Login {
    pub(super) user: SecretString,
    pub(super) password: SecretString,
}

/// A proxy that can be asked.
pub(super) struct ProxyServer {
    pub(super) speaks: Speaks,
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of `Proxy-Authorization`, where the URL has a user: the user's own proxy gets the user's own password.
    pub(super) authorization: Option<SecretString>,
    /// User and password as SOCKS sends them, where the URL has a user.
    pub(super) login: Option<Login>,
    /// The URL, password masked.
    pub(super) shown: String,
}

impl ProxyServer {
    /// Whether it speaks SOCKS.
    pub(super) const fn is_socks(&self) -> bool {
        matches!(self.speaks, Speaks::Socks { .. })
    }
}

/// What the variables say.
pub(super) struct Choice {
    /// The proxy as it is reported.
    pub(super) proxy: Proxy,
    /// The path to take.
    pub(super) way: Way,
}

/// The path to the license server.
pub(super) enum Way {
    /// Without a proxy.
    Direct,
    /// Through a proxy.
    Through(Box<ProxyServer>),
    /// Through a proxy that cannot be asked; the reason, as what follows is skipped for.
    Blocked(String),
}

/// Chooses as requests does: LocalStack's own variables first, which no NO_PROXY keeps off, then those of the scheme,
/// then those for all schemes.
pub(super) fn choose(env: &Environment, server: &Server, scrubber: &Scrubber) -> Choice {
    let variables = VARIABLES.into_iter().filter_map(|name| {
        let value = masked(env.get(name)?, scrubber);
        Some(Variable { name: name.to_owned(), value: value.into() })
    });
    let mut proxy = Proxy { variables: variables.collect(), ..Proxy::default() };
    let Some((name, value, origin)) = winner(env, server.scheme) else { return Choice { proxy, way: Way::Direct } };
    if origin == Origin::General {
        proxy.bypassed_by = bypass(env, server);
        if proxy.bypassed_by.is_some() {
            return Choice { proxy, way: Way::Direct };
        }
    }
    let masked = masked(value, scrubber);
    let (way, unparseable) = match parse(value, masked.clone()) {
        Ok(Parsed::Usable(server)) => (Way::Through(Box::new(server)), None),
        Ok(Parsed::Untried(kind)) => (Way::Blocked(format!("a proxy of kind {kind} is not tried")), None),
        Err(why) => (Way::Blocked(format!("proxy failed: the proxy's URL cannot be read: {why}")), Some(why)),
    };
    proxy.used = Some(ProxyUse { variable: name.to_owned(), url: masked, unparseable });
    Choice { proxy, way }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// LocalStack's own variable.
    Own,
    /// A variable that many programs follow.
    General,
}

/// An empty lower-case variable switches the upper-case one off, as in Python's urllib.
fn winner(env: &Environment, scheme: Scheme) -> Option<(&'static str, &str, Origin)> {
    let (own, pairs) = match scheme {
        Scheme::Https => ("OUTBOUND_HTTPS_PROXY", [("https_proxy", "HTTPS_PROXY"), ("all_proxy", "ALL_PROXY")]),
        Scheme::Http => ("OUTBOUND_HTTP_PROXY", [("http_proxy", "HTTP_PROXY"), ("all_proxy", "ALL_PROXY")]),
    };
    let own = env.get(own).map(|value| (own, value, Origin::Own));
    let general = pairs.into_iter().map(|(lower, upper)| match (env.get(lower), env.get(upper)) {
        (Some(value), _) => (lower, value, Origin::General),
        (None, Some(value)) => (upper, value, Origin::General),
        (None, None) => (lower, "", Origin::General),
    });
    own.into_iter().chain(general).find(|(_, value, _)| !value.trim().is_empty())
}

/// The NO_PROXY entry that matches, by the rules of requests and of urllib, which it asks as well. A name matches at its
/// end; `*` stands for all only when it stands alone; `*.x` matches nothing.
fn bypass(env: &Environment, server: &Server) -> Option<NoProxy> {
    let (variable, list) =
        ["no_proxy", "NO_PROXY"].into_iter().find_map(|n| env.get(n).filter(|v| !v.is_empty()).map(|v| (n, v)))?;
    let host = server.host.to_ascii_lowercase();
    // requests adds the port only where the URL names it.
    let with_port = server.host_header().to_ascii_lowercase();
    let address = host.parse::<Ipv4Addr>().ok();
    let matches = |entry: &str| {
        let entry = entry.to_ascii_lowercase();
        if let Some(address) = address {
            return entry == host || in_network(address, &entry);
        }
        let dotted = format!(".{}", entry.trim_start_matches('.'));
        host.ends_with(&entry) || with_port.ends_with(&entry) || format!(".{host}").ends_with(&dotted)
    };
    let found = if list.trim() == "*" {
        Some("*")
    } else {
        list.split(',').map(str::trim).filter(|e| !e.is_empty() && *e != ".").find(|e| matches(e))
    };
    let entry: String = found?.chars().take(LONGEST_SHOWN).collect();
    Some(NoProxy { variable: variable.to_owned(), entry })
}

fn in_network(address: Ipv4Addr, cidr: &str) -> bool {
    let Some((network, bits)) = cidr.split_once('/') else { return false };
    let (Ok(network), Ok(bits)) = (network.parse::<Ipv4Addr>(), bits.parse::<u32>()) else { return false };
    let Some(mask) = 32_u32.checked_sub(bits).map(|host| u32::MAX.checked_shl(host).unwrap_or(0)) else { return false };
    u32::from(address) & mask == u32::from(network) & mask
}

enum Parsed {
    Usable(ProxyServer),
    /// A kind that Python's requests supports and lsdoctor does not try.
    Untried(String),
}

fn parse(value: &str, shown: String) -> Result<Parsed, String> {
    let value = value.trim();
    if value.contains(char::is_whitespace) {
        return Err("it holds a space".to_owned());
    }
    let with_scheme = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let url = Url::parse(&with_scheme).map_err(|e| e.to_string())?;
    let (speaks, usual) = match url.scheme() {
        "http" => (Speaks::Http, url.port_or_known_default()),
        "https" => (Speaks::Https, url.port_or_known_default()),
        "socks5" => (Speaks::Socks { by_name: false }, Some(SOCKS_PORT)),
        "socks5h" => (Speaks::Socks { by_name: true }, Some(SOCKS_PORT)),
        old if old.starts_with("socks") => return Ok(Parsed::Untried(old.to_owned())),
        other => return Err(format!("its scheme is `{other}`")),
    };
    let host = url.host_str().map(bare).filter(|h| !h.is_empty()).ok_or("it names no host")?;
    let port = url.port().or(usual).ok_or("it names no port")?;
    let hidden = url.username() == "***" && url.password().is_none();
    let named = !url.username().is_empty() && !hidden;
    let (user, password) = (decoded(url.username()), decoded(url.password().unwrap_or_default()));
    let socks = matches!(speaks, Speaks::Socks { .. });
    let authorization = (named && !socks)
        .then(|| SecretString::from(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))));
    let login =
        (named && socks).then(|| Login { user: SecretString::from(user), password: SecretString::from(password) });
    Ok(Parsed::Usable(ProxyServer { speaks, host, port, authorization, login, shown }))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> Choice {
        chosen_for("https://api.localstack.cloud/v1", variables)
    }

    fn chosen_for(api: &str, variables: &[(&str, &str)]) -> Choice {
        let env = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        choose(&env, &Server::parse(api).unwrap(), &Scrubber::new())
    }

    fn variable(choice: &Choice) -> Option<&str> {
        choice.proxy.used.as_ref().map(|u| u.variable.as_str())
    }

    #[test]
    fn the_variable_that_requests_would_follow_wins() {
        let all = [
            ("OUTBOUND_HTTPS_PROXY", "http://a:1"),
            ("https_proxy", "http://b:1"),
            ("HTTPS_PROXY", "http://c:1"),
            ("all_proxy", "http://d:1"),
            ("ALL_PROXY", "http://e:1"),
        ];
        for start in 0..all.len() {
            assert_eq!(variable(&chosen(&all[start..])), Some(all[start].0));
        }
        assert_eq!(variable(&chosen(&[("HTTP_PROXY", "http://a:1"), ("OUTBOUND_HTTP_PROXY", "http://a:1")])), None);
        assert_eq!(variable(&chosen(&[("https_proxy", ""), ("HTTPS_PROXY", "http://c:1")])), None);
        let plain = chosen_for("http://api.test/v1", &[("HTTPS_PROXY", "http://a:1"), ("HTTP_PROXY", "http://b:1")]);
        assert_eq!(variable(&plain), Some("HTTP_PROXY"));
    }

    #[test]
    fn no_proxy_keeps_the_license_host_off_by_pythons_rules() {
        for (list, entry) in [
            ("localhost,.localstack.cloud", Some(".localstack.cloud")),
            ("localstack.cloud", Some("localstack.cloud")),
            ("LOCALSTACK.cloud", Some("LOCALSTACK.cloud")),
            ("a, api.localstack.cloud ,b", Some("api.localstack.cloud")),
            ("*", Some("*")),
            ("cloud", Some("cloud")),
            ("*.localstack.cloud", None),
            ("api.localstack.cloud:443", None),
            ("x,*", None),
            ("example.org,10.0.0.0/8", None),
            ("", None),
        ] {
            let choice = chosen(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", list)]);
            assert_eq!(choice.proxy.bypassed_by.as_ref().map(|b| b.entry.as_str()), entry, "{list}");
            assert_eq!(choice.proxy.used.is_none(), entry.is_some(), "{list}");
        }
        let own = chosen(&[("OUTBOUND_HTTPS_PROXY", "http://p:1"), ("NO_PROXY", ".localstack.cloud")]);
        assert!(own.proxy.bypassed_by.is_none() && own.proxy.used.is_some());
        let address = chosen_for("http://10.1.2.3:9/v1", &[("http_proxy", "http://p:1"), ("no_proxy", "10.0.0.0/8")]);
        assert_eq!(address.proxy.bypassed_by.unwrap().entry, "10.0.0.0/8");
        assert!(chosen(&[("NO_PROXY", "localstack.cloud")]).proxy.bypassed_by.is_none());
    }

    #[test]
    fn a_password_is_never_shown_and_goes_to_the_proxy_alone() {
        for value in
            ["http://user:p%40ss-word@proxy:3128", "http://user:p#ss-word@proxy:3128", "user:p/ss-word@proxy:3128"]
        {
            let choice = chosen(&[("HTTPS_PROXY", value), ("NO_PROXY", "x")]);
            let told = serde_json::to_string(&choice.proxy).unwrap();
            assert!(!told.contains("ss-word") && told.contains("***@proxy:3128"), "{told}");
        }
        let Way::Through(proxy) = chosen(&[("HTTPS_PROXY", "http://user:p%40ss@proxy:3128")]).way else { panic!() };
        // "user:p@ss"
        assert_eq!(proxy.authorization.unwrap().expose_secret(), "Basic dXNlcjpwQHNz");
    }

    #[test]
    fn what_cannot_be_followed_says_why() {
        for (value, why) in [
            ("http://proxy:port", "invalid port number"),
            ("http://pro xy:1", "it holds a space"),
            ("ftp://proxy:1", "its scheme is `ftp`"),
            ("http://", "empty host"),
        ] {
            let choice = chosen(&[("HTTPS_PROXY", value)]);
            assert_eq!(choice.proxy.used.unwrap().unparseable.as_deref(), Some(why), "{value}");
            assert!(matches!(choice.way, Way::Blocked(_)));
        }
        let old = chosen(&[("ALL_PROXY", "socks4://proxy:1080")]);
        assert!(old.proxy.used.unwrap().unparseable.is_none());
        assert!(matches!(old.way, Way::Blocked(why) if why.contains("socks4 is not tried")));
        let Way::Through(socks) = chosen(&[("ALL_PROXY", "socks5h://u:p%40ss@proxy")]).way else { panic!() };
        assert_eq!((socks.speaks, socks.port), (Speaks::Socks { by_name: true }, 1080));
        assert_eq!(socks.login.unwrap().password.expose_secret(), "p@ss");
        assert!(socks.authorization.is_none() && !socks.shown.contains("ss@"));
        let Way::Through(bare) = chosen(&[("HTTPS_PROXY", "proxy:3128")]).way else { panic!() };
        assert_eq!((bare.host.as_str(), bare.port), ("proxy", 3128));
    }
}
