//! Looks at every place a credential can come from, and learns each so that it is hidden from then on.
//! The diagnosis decides whether a credential is right and reaches LocalStack.

mod exposed;
mod found;
mod host;
mod keyring;
mod near_miss;

use std::collections::BTreeSet;

use secrecy::ExposeSecret;

use super::answer::Answer;
use super::chosen::Chosen;
use super::compose;
use super::context::Context;
use super::formats::dotenv;
use super::formats::environment::GivenEnvironment;
use super::formats::secrets::Secrets;
use crate::observations::{
    Credential, CredentialKind, Credentials, FileLine, NearMiss, Place, PlaceKind, TokenShape, Value,
};
use crate::scrub::Scrubber;
use found::CredentialCollector;

/// The credentials on this host and in the container.
///
/// # Errors
/// Never: an unreadable place is not there.
pub async fn observe(context: &Context, chosen: Option<&Chosen>) -> Answer<Credentials> {
    let project = compose::project_of(context, chosen.map(|c| &c.container));
    let host = async {
        // A compose file that cannot be read is told by the check of its own.
        let read = if project.files.is_empty() { None } else { compose::read(context, &project).await.ok() };
        host::harvest(context, &project, read.as_ref()).await
    };
    let (process, host, keyring) = tokio::join!(process(context, chosen), host, keyring::observe(context));
    let exposed = exposed::observe(context, &host).await;
    let mut credentials = Credentials { process_seen: process.is_some(), exposed, ..Credentials::default() };
    host.harvest.note_limits("on this host", &mut credentials.limits);
    credentials.host = host.harvest.credentials(process.as_ref());
    credentials.host.extend(keyring);
    credentials.near_misses = host.harvest.near_misses;
    if let Some(process) = process {
        process.note_limits("in the container", &mut credentials.limits);
        credentials.process = process.credentials(None);
        credentials.near_misses.splice(0..0, process.near_misses);
    }
    Ok(credentials)
}

/// Hides the credentials of this shell's variables from now on.
pub fn learn_shell_tokens(context: &Context) {
    let mut harvest = CredentialCollector::new(&context.scrubber);
    host::shell(context, &mut harvest);
}

/// The credentials and misspelt ones among variables, all of one place. Of a name that stands twice the last counts.
pub fn from_environment(entries: &Secrets, place: &Place, scrubber: &Scrubber) -> (Vec<Credential>, Vec<NearMiss>) {
    let mut harvest = CredentialCollector::new(scrubber);
    for (name, text) in last_of_each(entries) {
        harvest.take(name, text, place);
    }
    (harvest.credentials(None), harvest.near_misses)
}

/// The credentials among the variables of a saved environment. One that is given by reference is set, and nothing can be said
/// of its shape. Where whole sets of variables come along unseen, the absence of a credential is unknown.
pub(crate) fn from_given(given: &GivenEnvironment, place: &Place, scrubber: &Scrubber) -> Credentials {
    let (mut process, mut near_misses) = from_environment(&given.texts(), place, scrubber);
    let mut references = CredentialCollector::new(scrubber);
    for (name, reference) in given.references() {
        references.take(name, "", place);
        // The cluster says that there is nothing at the place it refers to.
        let absent = reference.exists == Some(false);
        let kind = CredentialKind::ALL.into_iter().find(|kind| kind.variable() == name && !absent);
        process.extend(kind.map(|kind| Credential {
            kind,
            name: name.to_owned(),
            place: place.clone(),
            shape: TokenShape::Opaque,
            masked: scrubber.text(&Value::From(reference.clone()).to_string()),
            same_as_process: None,
        }));
    }
    near_misses.extend(references.near_misses);
    let process_seen = !given.incomplete || process.iter().any(|c| !c.shape.is_blank());
    Credentials { process_seen, process, near_misses, ..Credentials::default() }
}

/// The credentials and misspelt names in an env file, each with its line. A name without a value sets nothing.
pub fn from_env_file(
    entries: &[dotenv::Entry],
    kind: PlaceKind,
    path: &str,
    scrubber: &Scrubber,
) -> (Vec<Credential>, Vec<NearMiss>) {
    let mut harvest = CredentialCollector::new(scrubber);
    for entry in entries {
        let Some(value) = &entry.value else { continue };
        let at = Some(FileLine { path: path.to_owned(), line: entry.line });
        harvest.take(&entry.name, value.expose_secret(), &Place { kind, at });
    }
    (harvest.credentials(None), harvest.near_misses)
}

/// The credentials in the environment of LocalStack's process; `None` when there is no instance.
async fn process<'a>(context: &'a Context, chosen: Option<&Chosen>) -> Option<CredentialCollector<'a>> {
    let Chosen { source, environment, image_id, .. } = chosen?;
    let mut harvest = CredentialCollector::new(&context.scrubber);
    // The image is asked only when there is something that it could have brought along.
    let baked = match source {
        Some(source) if environment.iter().any(|(name, _)| name.contains("LOCALSTACK_A")) => {
            source.image_environment(image_id).await.unwrap_or_default()
        }
        _ => Secrets::default(),
    };
    of_process(environment, &baked, &mut harvest);
    Some(harvest)
}

/// The engine gives the variables of image and user together: what the image has with the same value came from there.
fn of_process(environment: &Secrets, baked: &Secrets, harvest: &mut CredentialCollector<'_>) {
    for (name, text) in last_of_each(environment) {
        let same = baked.iter().any(|b| b == (name, text));
        let kind = if same { PlaceKind::Image } else { PlaceKind::Process };
        harvest.take(name, text, &Place { kind, at: None });
    }
}

/// Of a name that stands twice, the last counts.
fn last_of_each(environment: &Secrets) -> Vec<(&str, &str)> {
    let mut seen = BTreeSet::new();
    let mut last: Vec<_> = environment.iter().rev().filter(|(name, _)| seen.insert(*name)).collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    const TOKEN: &str = "ls-FAKEfake-fake-fake-fake-notareal9e7c";

    fn raw(variables: &[(&str, &str)]) -> Secrets {
        variables.iter().map(|(k, v)| ((*k).to_owned(), SecretString::from(*v))).collect()
    }

    #[test]
    fn what_the_image_brought_is_told_from_what_the_user_gave() {
        let scrubber = Scrubber::new();
        let mut harvest = CredentialCollector::new(&scrubber);
        let own = [("LOCALSTACK_AUTH_TOKEN", "test"), ("LOCALSTACK_AUTH_TOKEN", TOKEN)];
        let environment =
            raw(&[own[0], own[1], ("LOCALSTACK_AUTH_TOKEN_OVERRIDE", TOKEN), ("LOCALSTACK-API-KEY", "k")]);
        let baked = raw(&[("LOCALSTACK_AUTH_TOKEN_OVERRIDE", TOKEN), ("LOCALSTACK_AUTH_TOKEN", "")]);
        of_process(&environment, &baked, &mut harvest);
        let told: Vec<_> = harvest
            .credentials(None)
            .into_iter()
            .map(|c| (c.kind, c.place.kind, c.masked, c.same_as_process))
            .collect();
        let mask = || "ls-...9e7c".to_owned();
        assert_eq!(
            told,
            [
                (CredentialKind::AuthToken, PlaceKind::Process, mask(), None),
                (CredentialKind::Override, PlaceKind::Image, mask(), None),
            ]
        );
        assert_eq!(harvest.near_misses[0].meant, "LOCALSTACK_API_KEY");
    }

    #[test]
    fn host_and_process_are_compared_by_their_text_as_localstack_reads_it() {
        let scrubber = Scrubber::new();
        let mut process = CredentialCollector::new(&scrubber);
        of_process(&raw(&[("LOCALSTACK_AUTH_TOKEN", TOKEN)]), &raw(&[]), &mut process);
        let mut host = CredentialCollector::new(&scrubber);
        let place = Place { kind: PlaceKind::Shell, at: None };
        for text in [TOKEN, " \"ls-FAKEfake-fake-fake-fake-notareal9e7c\" ", "ls-OTHERone-fake-fake-fake-notareal9e7c"]
        {
            host.take("LOCALSTACK_AUTH_TOKEN", text, &place);
        }
        host.take("LOCALSTACK_API_KEY", "abcdefghij", &place);
        let same: Vec<_> = host.credentials(Some(&process)).iter().map(|c| c.same_as_process).collect();
        assert_eq!(same, [Some(true), Some(true), Some(false), None]);
    }

    #[test]
    fn variables_of_one_place_are_read_and_ten_thousand_do_no_harm() {
        let scrubber = Scrubber::new();
        let mut entries: Vec<(String, String)> = (0..10_000).map(|n| (format!("V{n}"), "x".into())).collect();
        entries.push(("LOCALSTACK_AUTH_TOKEN".into(), "marked-token".into()));
        entries.push(("LOCALSTACK-AUTH-TOKEN".into(), "marked-other".into()));
        let place = Place { kind: PlaceKind::Process, at: None };
        let told = from_environment(&entries.into_iter().collect(), &place, &scrubber);
        assert_eq!((told.0.len(), told.1.len()), (1, 1));
        assert!(!serde_json::to_string(&told).unwrap().contains("marked"));
        assert_eq!(scrubber.text("x marked-token marked-other"), "x *** ***");
    }

    #[test]
    fn more_credentials_than_are_told_of_are_counted_and_hidden_all_the_same() {
        let scrubber = Scrubber::new();
        let mut harvest = CredentialCollector::new(&scrubber);
        let place = Place { kind: PlaceKind::EnvFile, at: None };
        for n in 0..130 {
            harvest.take("LOCALSTACK_API_KEY", &format!("marked-key-{n}"), &place);
        }
        let mut limits = Vec::new();
        harvest.note_limits("on this host", &mut limits);
        assert_eq!(limits, ["30 of 130 credentials and misspelt names on this host were left out"]);
        assert_eq!(scrubber.text("x marked-key-129"), "x ***");
    }

    #[test]
    fn lines_of_an_env_file_keep_their_numbers() {
        let entries = dotenv::parse("# c\nLOCALSTACK_AUTH_TOKEN=\nLOCALSTACK_API_KEY\n");
        let (found, _) = from_env_file(&entries, PlaceKind::EnvFile, "x.env", &Scrubber::new());
        let told: Vec<_> = found.iter().map(|c| (c.name.as_str(), c.shape.is_blank(), c.place.to_string())).collect();
        assert_eq!(told, [("LOCALSTACK_AUTH_TOKEN", true, "env file x.env:2".to_owned())]);
    }
}
