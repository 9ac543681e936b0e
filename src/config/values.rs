//! Reads addresses as people type them, on the command line and in the configuration file.
//! An error says what to write instead.

use std::net::{IpAddr, SocketAddr};

/// Reads the URL of an endpoint. `localhost:4566` is completed to `http://localhost:4566`.
///
/// # Errors
/// When the text is no URL of http or https: what to write instead.
pub(super) fn endpoint(text: &str) -> Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(' ') => Ok(url),
        _ => Err(format!("`{text}` is not an endpoint URL: write it like http://localhost:4566")),
    }
}

/// Reads the address of a resolver, with port 53 where none is given.
///
/// # Errors
/// When the text is no IP address: what to write instead.
pub(super) fn resolver(text: &str) -> Result<SocketAddr, String> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    text.parse::<SocketAddr>()
        .or_else(|_| bare.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53)))
        .map_err(|_| format!("`{text}` is not the address of a DNS server: write it like 10.0.0.2 or 10.0.0.2:53"))
}

/// Reads the base URL of a license server.
///
/// # Errors
/// When the text does not begin with a scheme: what to write instead.
pub(super) fn license_server(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(format!("`{text}` is not the URL of a license server: begin it with https://"))
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
}
