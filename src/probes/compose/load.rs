//! Reads the files of a project: those that are named, those they include, and those their services extend.
//! Gives whole services, their texts filled in except variables, whose spelling matters. Judges nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::dockerfile;
use super::model;
use super::model::{Document, Include, Placed, Service};
use super::project::Project;
use super::service::likelier;
use super::surroundings::Surroundings;
use crate::observations::{ComposeFault, CredentialKind, FileLine, ProbeError};
use crate::probes::context::Context;
use crate::probes::formats::interpolate::Template;
use crate::probes::host::file;

/// A compose file is a few kilobytes.
const LARGEST_FILE: u64 = 1 << 20;
/// The most files that are read for a project in total.
pub(super) const MOST_FILES: usize = 16;
/// Files include files, and services extend services; nobody goes deeper than two.
const DEEPEST: usize = 8;
/// The most services of a project that are read.
const MOST_SERVICES: usize = 1_000;

/// The texts of a project with their variables filled in; one that grows beyond this in all is left as it is written.
const LARGEST_FILLED: usize = 4 << 20;

/// What was read.
pub(super) struct Loaded<'a> {
    /// The service that is LocalStack, with all that it takes from elsewhere.
    pub(super) service: Option<Service>,
    /// Where variables come from; settings and env files say which of these is theirs.
    pub(super) scopes: Vec<Surroundings<'a>>,
    /// Paths as they are shown, and what stands there, in the order in which they were read.
    pub(super) texts: Vec<(String, SecretString)>,
    /// What is wrong with the files.
    pub(super) faults: Vec<ComposeFault>,
    /// The networks that have no way out.
    pub(super) internal: BTreeSet<String>,
}

/// Reads a project.
///
/// # Errors
/// When a file that was named cannot be read. One that makes no sense, or is named by another, is told as a fault.
pub(super) async fn load<'a>(context: &'a Context, project: &Project) -> Result<Loaded<'a>, ProbeError> {
    let outermost = Surroundings::of(context, &project.env_files).await;
    let loaded = Loaded {
        service: None,
        scopes: vec![outermost],
        texts: Vec::new(),
        faults: Vec::new(),
        internal: BTreeSet::new(),
    };
    let mut loader = Loader { context, loaded, extended: BTreeMap::new(), room: AtomicUsize::new(LARGEST_FILLED) };
    let (mut own, mut queue) = (Vec::new(), VecDeque::new());
    for (number, path) in project.files.iter().enumerate() {
        if number == MOST_FILES {
            loader.fault(
                &file::at(path, 1),
                &format!("this file and those after it were not read: {MOST_FILES} are enough"),
            );
            break;
        }
        let Some(document) = loader.read(path, 0, &project.folder).await? else { continue };
        let chain = vec![path.clone()];
        queue.extend(document.include.0.iter().map(|i| Asked::of(i, 0, &project.folder, &chain)));
        own.push(document);
    }
    // What is included comes first: the project's own files may add to it.
    let included = loader.included(queue).await;
    let mut services: Vec<Service> = Vec::new();
    let documents: Vec<Document> = included.into_iter().chain(own).collect();
    for (name, network) in documents.iter().flat_map(|d| d.networks.iter().flatten()) {
        match network.get("internal").and_then(Value::as_bool) {
            Some(true) => loader.loaded.internal.insert(name.clone()),
            Some(false) => loader.loaded.internal.remove(name),
            None => false,
        };
    }
    for later in documents.into_iter().flat_map(|d| d.services.0) {
        let full = services.len() >= MOST_SERVICES;
        match services.iter_mut().find(|s| s.name == later.name) {
            Some(service) => service.merge(later),
            None if !full => services.push(later),
            None => {}
        }
    }
    let services = Arc::new(services);
    for service in services.iter() {
        let mut whole = loader.whole(service, &services).await;
        loader.name_base_image(&mut whole).await;
        loader.loaded.service = likelier(loader.loaded.service.take(), whole);
        // A large service that many extend takes long: whoever waits for all this can end it here.
        tokio::task::yield_now().await;
    }
    Ok(loader.loaded)
}

/// An include that waits to be read.
struct Asked {
    include: Include,
    scope: usize,
    folder: PathBuf,
    /// The files that led here.
    chain: Vec<PathBuf>,
}

impl Asked {
    fn of(include: &Include, scope: usize, folder: &Path, chain: &[PathBuf]) -> Self {
        Self { include: include.clone(), scope, folder: folder.to_owned(), chain: chain.to_vec() }
    }
}

struct Loader<'a> {
    context: &'a Context,
    loaded: Loaded<'a>,
    /// Services of files that are extended, by path.
    extended: BTreeMap<PathBuf, Arc<Vec<Service>>>,
    /// By how much filled texts may still grow.
    room: AtomicUsize,
}

impl Loader<'_> {
    fn fault(&mut self, at: &FileLine, says: &str) {
        let scrubber = &self.context.scrubber;
        let at = FileLine { path: scrubber.text(&at.path), line: at.line };
        self.loaded.faults.push(ComposeFault { at, says: scrubber.text(says), required: None });
    }

    fn filled(&self, scope: usize, text: &str) -> String {
        let find = |name: &str| self.loaded.scopes.get(scope)?.find(name);
        let expanded = Template::parse(text).and_then(|template| template.expand(&find)).ok();
        let room = self.room.load(Ordering::Relaxed);
        let Some(filled) = expanded.filter(|filled| filled.len() <= room) else { return text.to_owned() };
        self.room.store(room.saturating_sub(filled.len()), Ordering::Relaxed);
        filled
    }

    /// A file, with its texts filled in; nothing when it makes no sense, which is told.
    async fn read(&mut self, path: &Path, scope: usize, folder: &Path) -> Result<Option<Document>, ProbeError> {
        let shown = self.context.scrubber.text(&path.display().to_string());
        let text = file::read_text(path, LARGEST_FILE).await.map_err(|error| file::unreadable(&shown, &error))?;
        self.context.scrubber.learn_tokens_in(text.expose_secret());
        let parsed = model::parse(text.expose_secret(), &shown);
        self.loaded.texts.push((shown.clone(), text));
        match parsed {
            Ok(mut document) => {
                document.services.0.iter_mut().for_each(|s| self.settle(s, scope, folder));
                Ok(Some(document))
            }
            Err(fault) => {
                self.fault(&FileLine { path: shown, line: fault.line }, &fault.says);
                Ok(None)
            }
        }
    }

    /// Reads a file that another file names. A file that cannot be read is a fault at the line that names it.
    async fn read_named(&mut self, path: &Path, scope: usize, folder: &Path, at: &FileLine) -> Option<Document> {
        if self.loaded.texts.len() >= MOST_FILES {
            self.fault(at, &format!("{} was not read: more than {MOST_FILES} files are too many", path.display()));
            return None;
        }
        match self.read(path, scope, folder).await {
            Ok(document) => document,
            Err(error) => {
                self.fault(at, &error.detail);
                None
            }
        }
    }

    fn settle(&self, service: &mut Service, scope: usize, folder: &Path) {
        let texts = service.image.as_mut().map(|i| &mut i.text).into_iter();
        let texts = texts.chain(&mut service.container_name).chain(&mut service.network_mode);
        let texts = texts.chain(&mut service.ports.items).chain(&mut service.volumes.items);
        texts.for_each(|text| *text = self.filled(scope, text));
        service.environment.settings.iter_mut().for_each(|s| s.scope = scope);
        for file in &mut service.env_files.0 {
            let path: PathBuf = folder.join(self.filled(scope, &file.path)).components().collect();
            file.path = path.display().to_string();
            file.scope = scope;
        }
        if let Some(build) = &mut service.build {
            let context: PathBuf = folder.join(self.filled(scope, &build.context)).components().collect();
            build.context = context.display().to_string();
            build.args.values_mut().for_each(|text| *text = self.filled(scope, text));
        }
        if let Some(extends) = &mut service.extends {
            extends.file = extends.file.take().map(|f| self.filled(scope, &f));
            extends.scope = scope;
            folder.clone_into(&mut extends.folder);
        }
    }

    /// The image that a service builds on takes the place of the name that it gives to what it builds: it decides what runs.
    async fn name_base_image(&self, service: &mut Service) {
        let Some(build) = &service.build else { return };
        let path = PathBuf::from(&build.context).join(&build.dockerfile);
        let Ok(text) = file::read_text(&path, LARGEST_FILE).await else { return };
        let text = text.expose_secret();
        let credentials = CredentialKind::ALL.map(CredentialKind::variable);
        let Some((image, line)) = dockerfile::base_image(text, build.target.as_deref(), &build.args) else { return };
        // A token that is built in needs none from the compose file.
        if !dockerfile::sets(text, &credentials) {
            let path = self.context.scrubber.text(&path.display().to_string());
            service.image = Some(Placed { text: image, at: FileLine { path, line } });
        }
    }

    /// The files that are included, and those that they include.
    async fn included(&mut self, mut queue: VecDeque<Asked>) -> Vec<Document> {
        let mut documents = Vec::new();
        while let Some(asked) = queue.pop_front() {
            let Asked { include, scope, folder, chain } = asked;
            let path = |text: &String| -> PathBuf { folder.join(self.filled(scope, text)).components().collect() };
            let paths: Vec<PathBuf> = include.paths.iter().map(path).collect();
            let Some(first) = paths.first() else { continue };
            let inner = include.folder.as_ref().map_or_else(|| first.parent().unwrap_or(&folder).to_owned(), path);
            let env_files =
                include.env_files.as_ref().map_or_else(|| vec![inner.join(".env")], |f| f.iter().map(path).collect());
            let at = include.at.clone();
            if let Some(remote) = include.paths.iter().find(|p| is_remote(p)) {
                self.fault(&at, &format!("{remote} was not read: it is not on this machine"));
                continue;
            }
            if let Some(again) = paths.iter().find(|p| chain.contains(p)) {
                self.fault(&at, &format!("{} includes itself", again.display()));
                continue;
            }
            if chain.len() >= DEEPEST {
                self.fault(&at, &format!("{} was not read: it is included too deep", first.display()));
                continue;
            }
            let Some(outer) = self.loaded.scopes.get(scope) else { continue };
            let surroundings = outer.within(&env_files).await;
            let scope = self.loaded.scopes.len();
            self.loaded.scopes.push(surroundings);
            for path in &paths {
                let Some(document) = self.read_named(path, scope, &inner, &at).await else { continue };
                let mut chain = chain.clone();
                chain.extend(paths.iter().cloned());
                queue.extend(document.include.0.iter().map(|i| Asked::of(i, scope, &inner, &chain)));
                documents.push(document);
            }
        }
        documents
    }

    /// A service with what it takes from others, of this project or of other files.
    async fn whole(&mut self, service: &Service, siblings: &Arc<Vec<Service>>) -> Service {
        let mut chain = vec![service.clone()];
        let mut near = Arc::clone(siblings);
        while let Some(extends) = chain.last().and_then(|s| s.extends.clone()) {
            if let Some(file) = &extends.file {
                if is_remote(file) {
                    self.fault(&extends.at, &format!("{file} was not read: it is not on this machine"));
                    break;
                }
                let path: PathBuf = extends.folder.join(file).components().collect();
                let Some(services) = self.services_of(&path, extends.scope, &extends.at).await else { break };
                near = services;
            }
            let Some(base) = near.iter().find(|s| s.name == extends.service) else {
                self.fault(&extends.at, &format!("there is no service `{}` to extend", extends.service));
                break;
            };
            if chain.iter().any(|s| s.at == base.at) {
                self.fault(&extends.at, &format!("the service `{}` extends itself", base.name));
                break;
            }
            if chain.len() >= DEEPEST {
                self.fault(&extends.at, "services extend each other too deep");
                break;
            }
            chain.push(base.clone());
        }
        let mut whole = Service::default();
        for later in chain.into_iter().rev() {
            whole.merge(later);
        }
        Service { name: service.name.clone(), at: service.at.clone(), ..whole }
    }

    async fn services_of(&mut self, path: &Path, scope: usize, at: &FileLine) -> Option<Arc<Vec<Service>>> {
        if let Some(known) = self.extended.get(path) {
            return Some(Arc::clone(known));
        }
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let document = self.read_named(path, scope, &folder, at).await?;
        let services = Arc::new(document.services.0);
        self.extended.insert(path.to_owned(), Arc::clone(&services));
        Some(services)
    }
}

/// Compose can fetch files; nothing is fetched here.
fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@") || path.starts_with("oci:")
}
