//! Credentials in clear, on their way into an observation: learnt first, then compared, shown only masked.
//! `host` and `mod` decide where to look.

use secrecy::{ExposeSecret, SecretString};

use super::near_miss;
use crate::observations::{Credential, CredentialKind, FileLine, NearMiss, Place};
use crate::probes::compose;
use crate::probes::formats::limit::note;
use crate::scrub::Scrubber;
use crate::scrub::token::{key_shape, mask, token_shape};

/// The most credentials, and the most misspelt names, that are reported.
const MOST: usize = 100;
/// The letters of a misspelt name that are told.
const LONGEST_NAME: usize = 60;

/// A credential in clear.
#[derive(Debug)]
pub(super) struct Found {
    kind: CredentialKind,
    name: String,
    text: SecretString,
    pub(super) place: Place,
}

/// What was found so far.
#[derive(Debug)]
pub(super) struct CredentialCollector<'a> {
    scrubber: &'a Scrubber,
    found: Vec<Found>,
    /// Misspelt names.
    pub(super) near_misses: Vec<NearMiss>,
    left_out: usize,
}

impl<'a> CredentialCollector<'a> {
    pub(super) const fn new(scrubber: &'a Scrubber) -> Self {
        Self { scrubber, found: Vec::new(), near_misses: Vec::new(), left_out: 0 }
    }

    /// Takes a variable in, if it is a credential or looks like a misspelt one. Whether it is a credential.
    pub(super) fn take(&mut self, name: &str, text: &str, place: &Place) -> bool {
        if let Some(kind) = CredentialKind::ALL.into_iter().find(|k| k.variable() == name) {
            self.take_as(kind, name, text, place);
            return true;
        }
        let meant = near_miss::meant(name).filter(|_| !is_service_link(name, text));
        let Some(meant) = meant else { return false };
        // The path of a file is no secret.
        if !name.ends_with("_FILE") {
            self.learn(text);
        }
        if self.near_misses.len() < MOST {
            let name = self.scrubber.text(name).chars().take(LONGEST_NAME).collect();
            let meant = meant.variable().to_owned();
            self.near_misses.push(NearMiss { name, meant, place: self.shown(place) });
        } else {
            self.left_out += 1;
        }
        false
    }

    /// Takes a credential in whose kind its place tells.
    pub(super) fn take_as(&mut self, kind: CredentialKind, name: &str, text: &str, place: &Place) {
        self.learn(text);
        if self.found.len() < MOST {
            let (text, place) = (SecretString::from(text), self.shown(place));
            self.found.push(Found { kind, name: name.to_owned(), text, place });
        } else {
            self.left_out += 1;
        }
    }

    /// Teaches the scrubber what is secret in a text, before anything of it is reported.
    fn learn(&self, text: &str) {
        compose::secrets_in(text).iter().for_each(|secret| self.scrubber.learn_secret(secret));
    }

    /// Notes what was not taken in.
    pub(super) fn note_limits(&self, of: &str, notes: &mut Vec<String>) {
        let all = self.found.len() + self.near_misses.len() + self.left_out;
        note(self.left_out, all, &format!("credentials and misspelt names {of}"), notes);
    }

    /// The credentials, each compared with the process's of its kind, where there is one.
    pub(super) fn credentials(&self, process: Option<&Self>) -> Vec<Credential> {
        let same = |own: &Found| {
            let other = process?.found.iter().find(|p| p.kind == own.kind)?;
            Some(stripped(own.text.expose_secret()) == stripped(other.text.expose_secret()))
        };
        self.found.iter().map(|f| f.credential(same(f))).collect()
    }

    fn shown(&self, place: &Place) -> Place {
        let at = place.at.as_ref().map(|at| FileLine { path: self.scrubber.text(&at.path), line: at.line });
        Place { kind: place.kind, at }
    }
}

/// Whether Kubernetes set this variable for a Service of its name: `LOCALSTACK_PORT=tcp://10.0.0.7:4566` and its like.
fn is_service_link(name: &str, text: &str) -> bool {
    let ends = ["_SERVICE_HOST", "_SERVICE_PORT", "_TCP", "_TCP_ADDR", "_TCP_PORT", "_TCP_PROTO", "_PORT"];
    text.starts_with("tcp://") || ends.iter().any(|end| name.ends_with(end)) || name.contains("_SERVICE_PORT_")
}

impl Found {
    fn credential(&self, same_as_process: Option<bool>) -> Credential {
        let text = self.text.expose_secret();
        let shape = match self.kind {
            CredentialKind::ApiKey => key_shape(text),
            CredentialKind::AuthToken | CredentialKind::Override => token_shape(text),
        };
        let (kind, name, place) = (self.kind, self.name.clone(), self.place.clone());
        Credential { kind, name, place, shape, masked: mask(text), same_as_process }
    }
}

/// LocalStack strips quotes and spaces, so a difference in these is none.
fn stripped(text: &str) -> &str {
    text.trim_matches([' ', '"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::PlaceKind;

    #[test]
    fn variables_of_services_are_no_misspelt_tokens_and_files_of_tokens_are() {
        let scrubber = Scrubber::new();
        let place = Place { kind: PlaceKind::Process, at: None };
        let misses = |name: &str, text: &str| {
            let mut collector = CredentialCollector::new(&scrubber);
            collector.take(name, text, &place);
            collector.near_misses.len()
        };
        assert_eq!(misses("LOCALSTACK_API_KE", "tcp://10.0.0.7:80"), 0);
        assert_eq!(misses("LOCALSTACK_AUTH_PORT", "tcp://10.0.0.7:80"), 0);
        assert_eq!(misses("LOCALSTACK_AUTH_TOKEN_FILE", "/run/secrets/token"), 1);
        assert_eq!(scrubber.text("see /run/secrets/token"), "see /run/secrets/token");
    }
}
