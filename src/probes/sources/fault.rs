//! What can go wrong between this program and a source, in words that a user can act on.

use std::time::Duration;
use std::{fmt, io};

use crate::observations::{ErrorKind, ProbeError};
use crate::scrub::Scrubber;

/// A failed request to a source.
#[derive(Debug)]
pub(crate) enum Fault {
    /// No connection.
    Connect(io::Error),
    /// No encryption, or no trust.
    Tls(String),
    /// ssh did not get through; its own words.
    Ssh(String),
    /// Connected, and the other side broke off or does not speak HTTP.
    Broken(String),
    /// Connected, and no answer in time.
    Silent(Duration),
    /// It answered with an error: status and message.
    Status(u16, String),
    /// The answer is larger than we are willing to hold.
    TooLarge(usize),
    /// The answer is not the JSON it should be.
    NotJson(String),
}

/// The characters of an error message that are kept. An engine's is a line or two; a proxy's is a page of HTML.
const LONGEST_MESSAGE: usize = 64 << 10;
/// The characters of a failure that are shown. The text is cut after it was scrubbed: half a secret is not recognised as one.
pub(crate) const LONGEST_TOLD: usize = 600;

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why())
    }
}

impl Fault {
    /// An answer with an error status.
    pub(crate) fn status(code: u16, message: &str) -> Self {
        Self::Status(code, message.trim().chars().take(LONGEST_MESSAGE).collect())
    }

    /// The kind of error that is shown for it.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Connect(e) => match e.kind() {
                io::ErrorKind::PermissionDenied => ErrorKind::Denied,
                io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => ErrorKind::Refused,
                io::ErrorKind::TimedOut => ErrorKind::Timeout,
                _ => ErrorKind::NotFound,
            },
            Self::Tls(_) => ErrorKind::Tls,
            Self::Ssh(_) => ErrorKind::Refused,
            Self::Silent(_) => ErrorKind::Timeout,
            Self::Status(401 | 403, _) => ErrorKind::Denied,
            Self::Status(404, _) => ErrorKind::NotFound,
            Self::Broken(_) | Self::Status(..) | Self::TooLarge(_) | Self::NotJson(_) => ErrorKind::BadAnswer,
        }
    }

    /// Why, as the rest of a sentence that begins with the address.
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Connect(e) => match e.kind() {
                io::ErrorKind::NotFound => "is not there".to_owned(),
                io::ErrorKind::PermissionDenied => {
                    "denies access: add your user to the engine's group (often `docker`) or use sudo".to_owned()
                }
                io::ErrorKind::ConnectionRefused => "refuses connections: the engine is not running".to_owned(),
                _ => format!("cannot be reached: {e}"),
            },
            Self::Tls(e) => format!("cannot be trusted over TLS: {e}"),
            Self::Ssh(e) => format!("cannot be reached through ssh: {e}"),
            Self::Broken(e) => format!("answers, but not as a container engine: {e}"),
            Self::Silent(limit) => {
                format!("did not answer within {} ms; the engine may hang, restarting it may help", limit.as_millis())
            }
            Self::Status(code, message) => format!("answers with status {code}: {message}"),
            Self::TooLarge(limit) => format!("sent more than {limit} bytes in one answer"),
            Self::NotJson(e) => format!("sent an answer that cannot be read: {e}"),
        }
    }

    /// The failure as an error: `place` says who and where, then comes why.
    pub(crate) fn to_error(&self, place: &str, scrubber: &Scrubber) -> ProbeError {
        ProbeError::new(self.kind(), scrubber.beginning(&format!("{place} {}", self.why()), LONGEST_TOLD))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_after_its_secrets_are_hidden() {
        for before in 540..600 {
            let page =
                format!("{} ls-FAKEfake-fake-fake-fake-notareal9e7c {}", "x".repeat(before), "y".repeat(100_000));
            let told = Fault::status(502, &page).to_error("p", &Scrubber::new()).detail;
            assert!(told.chars().count() <= LONGEST_TOLD && !told.contains("FAKE"), "{told}");
        }
    }

    #[test]
    fn a_denied_socket_tells_who_is_denied_what_and_what_to_do() {
        let fault = Fault::Connect(io::ErrorKind::PermissionDenied.into());
        let error =
            fault.to_error("DOCKER_HOST: the container engine at unix:///var/run/docker.sock", &Scrubber::new());
        assert_eq!(error.kind, ErrorKind::Denied);
        assert!(error.detail.contains("docker.sock denies access: add your user"), "{error}");
    }
}
