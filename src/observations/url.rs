//! Reading a URL as far as comparisons need it; what connects somewhere parses it in full.

/// The host name in a URL, without user, port and brackets.
pub fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if let Some(inner) = host.strip_prefix('[') {
        return inner.split(']').next().unwrap_or_default().to_owned();
    }
    host.split(':').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_read_out_of_a_url() {
        for (url, host) in [
            ("https://api.localstack.cloud/v1", "api.localstack.cloud"),
            ("http://127.0.0.1:8080/v1", "127.0.0.1"),
            ("https://user:pw@proxy.corp:3128", "proxy.corp"),
            ("https://[::1]:443/v1", "::1"),
            ("api.localstack.cloud", "api.localstack.cloud"),
        ] {
            assert_eq!(host_of(url), host);
        }
    }
}
