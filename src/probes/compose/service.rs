//! Which service is LocalStack, and what compose would pass to it: env files, then `environment`, both interpolated.
//! Values stay in clear here and leave only masked, or to other probes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::model::{EnvFile, Service, Setting};
use super::surroundings::{Line, Surroundings, read_env_file};
use crate::observations::{
    ComposeFault, ComposeService, ComposeVariable, CredentialKind, FileLine, GATEWAY_PORT, Image, Place, PlaceKind,
};
use crate::probes::formats::dotenv::LARGEST_ENVIRONMENT;
use crate::probes::formats::interpolate::{Refusal, Template, is_clear_secret, secrets_in};
use crate::probes::host::file;
use crate::scrub::Scrubber;
use crate::scrub::token::mask;

/// The most env files that are read for a service.
const MOST_ENV_FILES: usize = 16;
/// A service with no more signs than this is not taken for LocalStack.
const TOO_FEW: u32 = 1;
/// Where LocalStack keeps what should outlive the container, the cached license among it.
const KEPT: &str = "/var/lib/localstack";

/// A variable that compose passes to the service, in clear: for probes only.
#[derive(Debug)]
pub(crate) struct Passed {
    /// Its name.
    pub(crate) name: String,
    /// As it is written, masked.
    pub(crate) written: String,
    /// What it comes to; nothing when it is left out.
    pub(crate) value: Option<SecretString>,
    /// Where.
    pub(crate) place: Place,
    /// Whether a secret stands there in clear, not by reference.
    pub(crate) clear: bool,
}

/// What is needed to read a service.
pub(crate) struct Reader<'a> {
    /// Variables that can be referred to; each setting says where its own are.
    pub(crate) scopes: &'a [Surroundings<'a>],
    /// Learns and hides secrets.
    pub(crate) scrubber: &'a Scrubber,
    /// What was found wrong on the way.
    pub(crate) faults: Vec<ComposeFault>,
}

/// The one that is LocalStack: the first of those with the most signs, and at least some.
pub(super) fn likelier(before: Option<Service>, next: Service) -> Option<Service> {
    let most = before.as_ref().map_or(TOO_FEW, signs);
    if signs(&next) > most { Some(next) } else { before }
}

/// How many signs there are that this service is LocalStack; the image counts for more than all others.
fn signs(service: &Service) -> u32 {
    let named = |text: &str| text.to_ascii_lowercase().contains("localstack");
    let image = service.image.as_ref().is_some_and(|i| {
        let image = Image::parse(&i.text);
        named(image.name()) || image.repository.starts_with("localstack/")
    });
    let gateway = GATEWAY_PORT.to_string();
    let port = service.ports.items.iter().any(|p| p.contains(&gateway));
    let variables =
        service.environment.settings.iter().any(|s| CredentialKind::ALL.iter().any(|k| k.variable() == s.name));
    let container = service.container_name.as_ref().is_some_and(|n| named(n));
    let signs = [(image, 8), (port, 2), (variables, 2), (container, 2), (named(&service.name), 1)];
    signs.into_iter().filter_map(|(holds, weight)| holds.then_some(weight)).sum()
}

impl Reader<'_> {
    fn find(&self, scope: usize, name: &str) -> Option<String> {
        self.scopes.get(scope)?.find(name)
    }

    /// The service as it is told, without its changes.
    pub(crate) fn describe(&self, service: &Service, passed: &[Passed], internal: &BTreeSet<String>) -> ComposeService {
        let kept = |volume: &String| {
            volume.split(':').skip(1).any(|part| part.trim_end_matches('/') == KEPT || part == format!("{KEPT}/cache"))
        };
        let credential = |p: &&Passed| CredentialKind::ALL.iter().any(|k| k.variable() == p.name);
        ComposeService {
            name: self.scrubber.text(&service.name),
            at: service.at.clone(),
            image: service.image.as_ref().map(|i| self.scrubber.text(&i.text)),
            image_at: service.image.as_ref().map(|i| i.at.clone()),
            variables: passed.iter().filter(credential).map(variable).collect(),
            ports: service.ports.items.iter().map(|p| self.scrubber.text(p)).collect(),
            persistent_cache: service.volumes.items.iter().any(kept),
            network_mode: service.network_mode.as_deref().map(|m| self.scrubber.text(m)),
            isolated: isolated(service, internal).map(|why| self.scrubber.text(&why)),
            mends: Vec::new(),
        }
    }

    /// The variables that compose would pass to the service.
    pub(crate) async fn variables(&mut self, service: &Service) -> Vec<Passed> {
        let mut passed = BTreeMap::new();
        for (number, file) in service.env_files.0.iter().enumerate() {
            if number == MOST_ENV_FILES {
                self.fault(
                    &file.at,
                    format!("this env file and those after it were not read: {MOST_ENV_FILES} are enough"),
                );
                break;
            }
            for variable in self.env_file(file).await {
                passed.insert(variable.name.clone(), variable);
            }
        }
        let mut room = LARGEST_ENVIRONMENT;
        for setting in &service.environment.settings {
            let variable = self.setting(setting, room);
            room = room.saturating_sub(variable.value.as_ref().map_or(0, |value| value.expose_secret().len()));
            passed.insert(setting.name.clone(), variable);
        }
        passed.into_values().collect()
    }

    async fn env_file(&mut self, file: &EnvFile) -> Vec<Passed> {
        let path = PathBuf::from(&file.path);
        let surroundings = self.scopes.get(file.scope);
        let lines = match read_env_file(&path, &|name| surroundings?.find(name)).await {
            Ok(lines) => lines,
            Err(error) if file.optional && error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                let shown = self.scrubber.text(&path.display().to_string());
                self.fault(&file.at, format!("the env file {shown} cannot be read: {}", file::why(&error)));
                return Vec::new();
            }
        };
        lines.into_iter().map(|line| self.line(line, &path)).collect()
    }

    fn line(&self, line: Line, path: &Path) -> Passed {
        let path = self.scrubber.text(&path.display().to_string());
        let place = Place { kind: PlaceKind::EnvFile, at: Some(FileLine { path, line: line.number }) };
        let text = line.written.as_ref().map(ExposeSecret::expose_secret);
        self.meet(&line.name, text, line.value.as_ref());
        let template = text.filter(|_| !line.literal).and_then(|t| Template::parse(t).ok());
        let written = match (&template, text) {
            (Some(template), _) => template.masked(self.scrubber),
            (None, Some(text)) => mask(text),
            (None, None) => self.scrubber.text(&line.name),
        };
        let clear = template.as_ref().map_or_else(
            || text.is_some_and(is_clear_secret),
            |template| template.literals().into_iter().any(is_clear_secret),
        );
        Passed { name: line.name, written, value: line.value, place, clear }
    }

    fn setting(&mut self, setting: &Setting, room: usize) -> Passed {
        let place = Place { kind: PlaceKind::Compose, at: Some(setting.at.clone()) };
        let name = setting.name.clone();
        let Some(text) = &setting.text else {
            let value = self.find(setting.scope, &name).map(SecretString::from);
            self.meet(&name, None, value.as_ref());
            return Passed { written: self.scrubber.text(&name), name, value, place, clear: false };
        };
        let template = Template::parse(text);
        let expanded = template.as_ref().map_err(Clone::clone);
        let expanded = expanded.and_then(|t| t.expand(&|name| self.find(setting.scope, name)));
        let expanded = expanded.and_then(|v| if v.len() <= room { Ok(v) } else { Err(Refusal::TooLong) });
        let value = expanded.as_ref().ok().map(|v| SecretString::from(v.as_str()));
        self.meet(&name, Some(text), value.as_ref());
        if let Err(refusal) = &expanded {
            self.refused(setting, refusal);
        }
        let (written, clear) = match &template {
            Ok(t) => (t.masked(self.scrubber), t.literals().into_iter().any(is_clear_secret)),
            Err(_) => (mask(text), false),
        };
        Passed { name, written, value, place, clear }
    }

    /// Teaches the scrubber the secrets in a variable, before anything of the variable is shown.
    fn meet(&self, name: &str, text: Option<&str>, value: Option<&SecretString>) {
        let upper = name.to_ascii_uppercase();
        if upper.contains("TOKEN") || upper.contains("KEY") {
            let value = value.map(ExposeSecret::expose_secret);
            text.into_iter().chain(value).flat_map(secrets_in).for_each(|secret| self.scrubber.learn_secret(&secret));
        }
    }

    fn refused(&mut self, setting: &Setting, refusal: &Refusal) {
        let name = self.scrubber.text(&setting.name);
        let says = match refusal {
            Refusal::Malformed => format!("the value of {name} has a reference that compose cannot read"),
            Refusal::TooLong => format!("the value of {name} grows too long"),
            Refusal::Required { name, message } if message.is_empty() => {
                format!("{name} is required and not set, so compose does not start")
            }
            Refusal::Required { name, message } => {
                let message = self.scrubber.text(message);
                format!("{name} is required and not set, so compose does not start ({message})")
            }
        };
        let required = match refusal {
            Refusal::Required { name, .. } => Some(self.scrubber.text(name)),
            _ => None,
        };
        self.faults.push(ComposeFault { at: setting.at.clone(), says, required });
    }

    pub(crate) fn fault(&mut self, at: &FileLine, says: String) {
        self.faults.push(ComposeFault { at: at.clone(), says, required: None });
    }
}

/// Why no network leads out of the service, where that is so.
fn isolated(service: &Service, internal: &BTreeSet<String>) -> Option<String> {
    if service.network_mode.as_deref() == Some("none") {
        return Some("`network_mode: none`".to_owned());
    }
    let default = ["default".to_owned()];
    let networks = if service.networks.is_empty() { &default } else { service.networks.as_slice() };
    let sealed = service.network_mode.is_none() && networks.iter().all(|name| internal.contains(name));
    sealed.then(|| format!("its networks are internal (`{}`)", networks.join("`, `")))
}

fn variable(passed: &Passed) -> ComposeVariable {
    ComposeVariable {
        name: passed.name.clone(),
        written: passed.written.clone(),
        value: passed.value.as_ref().map(|v| mask(v.expose_secret())),
        at: passed.place.at.clone().unwrap_or_default(),
    }
}
