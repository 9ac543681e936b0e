//! Looks at every place a credential can come from, and learns each so that it is hidden from then on.

use super::{Answer, Context, Scrubber};
use crate::observations::{
    Container, Credential, CredentialKind, Credentials, ErrorKind, NearMiss, Place, ProbeError, TokenShape, mask,
};

/// The credentials on this host and in the container.
///
/// # Errors
/// Never: an unreadable place is not there.
pub async fn observe(_context: &Context, _container: Option<&Container>) -> Answer<Credentials> {
    Err(ProbeError::new(ErrorKind::NotFound, "not built yet"))
}

/// The credentials and near misses among these variables.
pub fn from_environment(
    entries: &[(String, String)],
    place: &Place,
    scrubber: &Scrubber,
) -> (Vec<Credential>, Vec<NearMiss>) {
    let mut found = Vec::new();
    let mut misses = Vec::new();
    for (name, value) in entries {
        if let Some(kind) = CredentialKind::ALL.into_iter().find(|k| k.variable() == name) {
            scrubber.learn(value);
            let shape =
                if kind == CredentialKind::ApiKey { TokenShape::of_key(value) } else { TokenShape::of_token(value) };
            found.push(Credential {
                kind,
                name: name.clone(),
                place: place.clone(),
                shape,
                masked: mask(value),
                same_as_process: None,
            });
        } else if name.replace('-', "_") == "LOCALSTACK_AUTH_TOKEN" {
            scrubber.learn(value);
            misses.push(NearMiss {
                name: name.clone(),
                meant: "LOCALSTACK_AUTH_TOKEN".to_owned(),
                place: place.clone(),
            });
        }
    }
    (found, misses)
}
