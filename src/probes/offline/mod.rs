//! Evidence from files instead of live probes; fills the very same snapshot. What is not given is unknown, not absent.

mod containers;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::Context;
use super::formats::environment::{self, GivenEnvironment};
use super::formats::utf16::decoded;
use super::formats::variables;
use super::host::{Environment, read_bounded};
use super::{credentials, endpoint, license_cache, network};
use crate::log::{Ends, Scanner};
use crate::observations::{
    CachePlace, CachedLicense, Container, Credentials, Endpoint, ErrorKind, FileLine, Image, InstanceEvidence,
    InstanceRun, Instances, LogDigest, LogOrigin, Observation, Place, PlaceKind, ProbeError, Snapshot,
};
use containers::Candidate;

/// An info, inspect, license or environment file is a few kilobytes.
const LARGEST: u64 = 8 << 20;
/// A log is read in blocks of this size, and may be of any length.
const BLOCK: usize = 1 << 20;

/// The files and values that the user gave.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Logs, in order; `-` is standard input.
    pub logs: Vec<PathBuf>,
    /// The container's environment, in any form that `super::formats::environment` reads.
    pub env: Option<PathBuf>,
    /// A saved answer of `/_localstack/info`: the body, or head and body.
    pub info: Option<PathBuf>,
    /// What `docker inspect`, `podman inspect` or `kubectl get pod -o json` (or yaml) printed.
    pub inspect: Option<PathBuf>,
    /// A cached license file.
    pub license: Option<PathBuf>,
    /// The image.
    pub image: Option<String>,
    /// The exit code.
    pub exit_code: Option<i64>,
}

/// Reads everything that was given into a snapshot.
///
/// # Errors
/// When a file cannot be read or understood: what, which, why.
pub fn read(context: &Context, given: &Inputs) -> Result<Snapshot, String> {
    let scrubber = &context.scrubber;
    let mut target = context.target();
    target.from_files = true;
    target.offline = true;
    let mut snapshot = Snapshot { target, ..Snapshot::default() };
    let now = context.now();
    let (mut logs, around) = match given.logs.as_slice() {
        [] => (None, String::new()),
        paths => read_logs(context, paths).map(|(digest, around)| (Some(digest), around))?,
    };
    let candidates = match &given.inspect {
        Some(path) => Some(inspected(context, path)?),
        // A log that has no start of LocalStack may be a table in which a tool lists it.
        None if logs.as_ref().is_some_and(|log| log.runs.iter().all(|run| run.version.is_none())) => {
            Some(containers::listed(&around, scrubber)).filter(|found| !found.is_empty())
        }
        None => None,
    };
    let mut environment = None;
    let mut instances = None;
    match candidates.map(containers::choose) {
        None => {}
        Some(Some((chosen, others))) => {
            let Candidate { container, environment: own, last_words, .. } = chosen;
            if let (None, Some(words), Some(path)) = (&logs, last_words, &given.inspect) {
                logs = Some(scan(context, &format!("{}, termination message", show(context, path)), &words));
            }
            environment = own.map(|own| (own, Place { kind: PlaceKind::Process, at: None }));
            snapshot.others = others.iter().map(|other| evidence(context, other)).collect();
            let others = others.into_iter().map(|other| other.container).collect();
            instances = Some(Instances { chosen: Some(container), others, ..Instances::default() });
        }
        Some(None) => {
            let path = given.inspect.as_deref().map(|path| show(context, path)).unwrap_or_default();
            let why = format!("no container in {path} is LocalStack's");
            snapshot.instances =
                Observation::Failed { at: now, took_ms: 0.0, error: ProbeError::new(ErrorKind::NotFound, why) };
        }
    }
    if let Some(reference) = &given.image {
        chosen(&mut instances).image = Some(Image::parse(&scrubber.text(reference)));
    }
    if let Some(code) = given.exit_code {
        chosen(&mut instances).state.exit_code = Some(code);
    }
    if let Some(path) = &given.env {
        let given = given_environment(context, path)?;
        chosen(&mut instances).environment = variables::given(&given, scrubber);
        let at = FileLine { path: show(context, path), line: 0 };
        environment = Some((given, Place { kind: PlaceKind::Process, at: Some(at) }));
    }
    if let Some((given, place)) = &environment {
        snapshot.credentials = Observation::seen(now, credentials::from_given(given, place, scrubber));
        if let Some(proxy) = network::proxy_of(&in_clear(given), context) {
            snapshot.inside.proxy = Observation::seen(now, proxy);
        }
    } else if given.inspect.is_some() && instances.is_some() {
        snapshot.credentials = Observation::seen(now, Credentials::default());
    }
    if let Some(instances) = instances {
        snapshot.instances = Observation::seen(now, Instances { chosen_by: "given".to_owned(), ..instances });
    }
    if let Some(path) = &given.info {
        snapshot.endpoint = Observation::seen(now, answered(context, path)?);
    }
    if let Some(path) = &given.license {
        let bytes = read_bounded(path, LARGEST)
            .map_err(|e| format!("cannot read the license file {}: {e}", show(context, path)))?;
        let file = CachedLicense {
            place: CachePlace::File,
            path: show(context, path),
            content: license_cache::parse(&bytes, scrubber),
        };
        snapshot.cache = Observation::seen(now, vec![file]);
    }
    if let Some(logs) = logs {
        snapshot.logs = Observation::seen(now, logs);
    }
    Ok(snapshot)
}

/// What a file shows of a container that the verdict is not about.
fn evidence(context: &Context, other: &Candidate) -> InstanceEvidence {
    let now = context.now();
    let Candidate { container, environment, last_words } = other;
    let place = Place { kind: PlaceKind::Process, at: None };
    let of_process = |given| Observation::seen(now, credentials::from_given(given, &place, &context.scrubber));
    let words = |text: &String| {
        Observation::seen(now, scan(context, &format!("{}, termination message", container.name), text))
    };
    InstanceEvidence {
        run: InstanceRun::of(container),
        at: Some(now),
        endpoint: Observation::NotAsked,
        logs: last_words.as_ref().map(words).unwrap_or_default(),
        credentials: environment.as_ref().map(of_process).unwrap_or_default(),
    }
}

/// The container that the verdict is about; one of which nothing is known yet, where no file described any.
fn chosen(instances: &mut Option<Instances>) -> &mut Container {
    instances.get_or_insert_default().chosen.get_or_insert_default()
}

fn show(context: &Context, path: &Path) -> String {
    context.scrubber.text(&path.display().to_string())
}

/// A small file as text, also where Windows wrote it as UTF-16. Bytes that are not UTF-8 become the replacement character.
fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    decoded(read_bounded(path, LARGEST)?.as_slice())?.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The containers of LocalStack that an inspect file describes.
fn inspected(context: &Context, path: &Path) -> Result<Vec<Candidate>, String> {
    let text = text(path).map_err(|e| format!("cannot read {}: {e}", show(context, path)))?;
    containers::inspected(&text, &context.scrubber).map_err(|why| {
        format!(
            "{} {why}. --inspect reads what `docker inspect`, `podman inspect` or `kubectl get pod -o json` prints",
            show(context, path)
        )
    })
}

fn given_environment(context: &Context, path: &Path) -> Result<GivenEnvironment, String> {
    let text = text(path).map_err(|e| format!("cannot read the environment file {}: {e}", show(context, path)))?;
    environment::parse(&text).ok_or_else(|| {
        format!("{} holds no variable that can be read. --env reads {}", show(context, path), environment::READABLE)
    })
}

fn in_clear(given: &GivenEnvironment) -> Environment {
    given.texts().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A saved answer of the endpoint.
fn answered(context: &Context, path: &Path) -> Result<Endpoint, String> {
    let text = text(path).map_err(|e| format!("cannot read {}: {e}", show(context, path)))?;
    let found = endpoint::read_saved(&text, &context.scrubber).map_err(|why| {
        format!(
            "{} {why}. --info reads the answer of /_localstack/info: its body, or head and body as `curl -i` prints them",
            show(context, path)
        )
    })?;
    Ok(Endpoint { url: show(context, path), chosen_by: "given".to_owned(), ..found })
}

/// Scans the logs. Also gives beginning and end of each in clear, where a table of containers may stand.
fn read_logs(context: &Context, paths: &[PathBuf]) -> Result<(LogDigest, String), String> {
    let source = paths.iter().map(|p| if p == Path::new("-") { "standard input".to_owned() } else { show(context, p) });
    let source = source.collect::<Vec<_>>().join(", ");
    let mut scanner = scanner(context, source);
    let mut block = vec![0; BLOCK];
    let mut around = String::new();
    for path in paths {
        let why = |e: io::Error| format!("cannot read the log {}: {e}", show(context, path));
        let input: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            Box::new(File::open(path).map_err(why)?)
        };
        let mut input = decoded(input).map_err(why)?;
        let mut ends = Ends::default();
        loop {
            match input.read(&mut block) {
                Ok(0) => break,
                Ok(n) => {
                    let bytes = block.get(..n).unwrap_or_default();
                    ends.feed(bytes);
                    scanner.feed(bytes, None);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(why(e)),
            }
        }
        scanner.finish();
        around.push_str(&ends.text(&path.display().to_string()));
    }
    let mut launch = context.phrases.layout().launchers().hints(&around);
    for name in [&mut launch.container, &mut launch.service, &mut launch.namespace, &mut launch.workload] {
        *name = name.take().map(|name| context.scrubber.text(&name));
    }
    Ok((LogDigest { launch, ..scanner.finish() }, around))
}

/// Scans a short text as a log.
fn scan(context: &Context, source: &str, text: &str) -> LogDigest {
    let mut scanner = scanner(context, source.to_owned());
    scanner.feed(text.as_bytes(), None);
    scanner.finish()
}

fn scanner(context: &Context, source: String) -> Scanner {
    Scanner::new(Arc::clone(&context.phrases), Arc::clone(&context.scrubber), LogOrigin::File(source))
}
