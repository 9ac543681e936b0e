//! The license server as its URL names it: where to connect, and what to ask for.
//! Nothing is connected here.

use reqwest::Url;

/// Whether the license server is spoken to with TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

/// The license server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) scheme: Scheme,
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The one path that is asked for.
    pub(super) path: String,
}

impl Server {
    /// Reads the base URL, such as `https://api.localstack.cloud/v1`. A user name in it is left out: nobody sends it.
    pub(super) fn parse(base: &str) -> Result<Self, String> {
        let url = Url::parse(base.trim()).map_err(|e| e.to_string())?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            other => return Err(format!("its scheme is `{other}`, neither http nor https")),
        };
        let host = url.host_str().map(bare).filter(|h| !h.is_empty()).ok_or("it names no host")?;
        let port = url.port_or_known_default().ok_or("it names no port")?;
        Ok(Self { scheme, host, port, path: format!("{}/health", url.path().trim_end_matches('/')) })
    }

    /// Host and port, as `CONNECT` and `Host` want them.
    pub(super) fn authority(&self) -> String {
        authority(&self.host, self.port)
    }

    /// The `Host` header: without the port where it is the usual one.
    pub(super) fn host_header(&self) -> String {
        let usual = match self.scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        if self.port == usual {
            self.authority().trim_end_matches(&format!(":{usual}")).to_owned()
        } else {
            self.authority()
        }
    }

    /// The URL that is asked for.
    pub(super) fn url(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        format!("{scheme}://{}{}", self.host_header(), self.path)
    }
}

/// A host without the brackets of an IPv6 address.
pub(super) fn bare(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').to_owned()
}

/// Host and port, with brackets where the host is an IPv6 address.
pub(super) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_health_path_is_below_the_base() {
        for (base, url, authority) in [
            ("https://api.localstack.cloud/v1", "https://api.localstack.cloud/v1/health", "api.localstack.cloud:443"),
            ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1/health", "127.0.0.1:8080"),
            ("https://user:pw@[::1]:8443", "https://[::1]:8443/health", "[::1]:8443"),
        ] {
            let server = Server::parse(base).unwrap();
            assert_eq!((server.url().as_str(), server.authority().as_str()), (url, authority));
        }
    }

    #[test]
    fn what_is_no_web_address_is_named() {
        assert_eq!(Server::parse("ftp://x/").unwrap_err(), "its scheme is `ftp`, neither http nor https");
        assert!(Server::parse("api.localstack.cloud").is_err());
        assert!(Server::parse("").is_err());
    }
}
