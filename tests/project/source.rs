//! The source of the program, parsed: which file names what of which other file, or of which crate.
//!
//! A path is followed to the file that defines what it names, through `use`, `pub use` and `*`, as the compiler does it.
//! For example `use crate::probes::Context` in `session/mod.rs` is an arrow from there to `probes/context.rs`, because
//! `probes/mod.rs` only passes the name on. Test code and documentation are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::reader::Reader;

/// All files of `src`, and what their paths mean.
pub(crate) struct Source {
    pub(crate) files: Vec<File>,
    modules: Vec<Module>,
    /// The crates that the program depends on, and those that are always there.
    external: BTreeSet<String>,
}

/// One file of `src`.
pub(crate) struct File {
    /// Its path below `src`, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text of each string literal outside attributes.
    pub(crate) literals: Vec<String>,
    /// Each path that is named, with the module it is named in.
    pub(crate) named: Vec<(usize, Vec<String>)>,
}

/// A module: a file, or a part of one.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) file: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) children: BTreeMap<String, usize>,
    /// What it defines.
    pub(crate) items: BTreeSet<String>,
    /// What it imports: the name, `*` for all names, and where from.
    pub(crate) imports: Vec<(String, Vec<String>)>,
    /// The words in its macros: what a macro defines is not known to a parser.
    pub(crate) words: BTreeSet<String>,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// Something that this file defines.
    File(usize),
    Module(usize),
    /// Something of another crate.
    External(Vec<String>),
    /// A local variable, a type parameter, a name of the prelude.
    Unknown,
}

/// One file that names what another file defines: from, to, and the path as it is written.
pub(crate) type Arrow<'a> = (&'a str, &'a str, String);

const ROOT: usize = 0;
/// Imports that lead on to imports: more than occur, so that a circle of imports ends.
const DEEPEST: usize = 16;

impl Source {
    /// Parses all files below `src` that `lib.rs` and `main.rs` lead to.
    pub(crate) fn read() -> Self {
        Self::below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
    }

    /// Parses the files of another program, which has the same dependencies.
    pub(crate) fn below(root: &Path) -> Self {
        let mut source = Self { files: Vec::new(), modules: Vec::new(), external: external() };
        source.load(root, Path::new("lib.rs"), None);
        source.load(root, Path::new("main.rs"), None);
        source
    }

    /// Parses one file and the files of its modules; returns its module.
    fn load(&mut self, root: &Path, path: &Path, parent: Option<usize>) -> usize {
        let text = std::fs::read_to_string(root.join(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let tree = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (file, module) = (self.files.len(), self.modules.len());
        let name = path.to_string_lossy().replace('\\', "/");
        self.files.push(File { path: name, text, literals: Vec::new(), named: Vec::new() });
        self.modules.push(Module { file, parent, ..Module::default() });
        let mut reader = Reader::new(&mut self.modules, &mut self.files[file], module);
        reader.read(&tree);
        let declared = reader.declared;
        let stem = path.file_stem().unwrap().to_string_lossy();
        let folder = match stem.as_ref() {
            "lib" | "main" | "mod" => path.parent().unwrap().to_path_buf(),
            stem => path.parent().unwrap().join(stem),
        };
        for (within, name) in declared {
            let child = self.load(root, &file_of(root, &folder, &name), Some(within));
            self.modules[within].children.insert(name, child);
        }
        module
    }

    /// Every arrow between two files.
    pub(crate) fn arrows(&self) -> Vec<Arrow<'_>> {
        let to = |file: &File, target: Target| match target {
            Target::File(other) if self.files[other].path != file.path => Some(self.files[other].path.as_str()),
            _ => None,
        };
        self.each(to)
    }

    /// Every path that leads into another crate: the file, and the path from the crate on.
    pub(crate) fn outside(&self) -> Vec<(&str, String)> {
        let out = |_: &File, target: Target| match target {
            Target::External(path) => Some(path.join("::")),
            _ => None,
        };
        self.each(out).into_iter().map(|(file, path, _)| (file, path)).collect()
    }

    fn each<T: Ord>(&self, pick: impl Fn(&File, Target) -> Option<T>) -> Vec<(&str, T, String)> {
        let mut all = BTreeSet::new();
        for file in &self.files {
            for (module, path) in &file.named {
                if let Some(found) = pick(file, self.resolve(*module, path, 0)) {
                    all.insert((file.path.as_str(), found, path.join("::")));
                }
            }
        }
        all.into_iter().collect()
    }

    /// What a path leads to that is written in a module.
    fn resolve(&self, module: usize, path: &[String], depth: usize) -> Target {
        let Some(first) = path.first().filter(|_| depth < DEEPEST) else { return Target::Unknown };
        match first.as_str() {
            "crate" | "lsdoctor" => self.walk(ROOT, &path[1..], depth),
            "self" | "super" => self.walk(module, path, depth),
            _ => match self.lookup(module, path, depth) {
                Target::Unknown if path.len() > 1 && self.external.contains(first) => Target::External(path.to_vec()),
                found => found,
            },
        }
    }

    fn walk(&self, module: usize, path: &[String], depth: usize) -> Target {
        match path.first().map(String::as_str) {
            None => Target::Module(module),
            Some("self") => self.walk(module, &path[1..], depth),
            Some("super") => {
                self.modules[module].parent.map_or(Target::Unknown, |parent| self.walk(parent, &path[1..], depth))
            }
            Some(_) => self.lookup(module, path, depth),
        }
    }

    /// What a path leads to whose first name stands in a module.
    fn lookup(&self, at: usize, path: &[String], depth: usize) -> Target {
        let module = &self.modules[at];
        let (first, rest) = path.split_first().unwrap();
        if module.items.contains(first) {
            return Target::File(module.file);
        }
        if let Some(child) = module.children.get(first) {
            return self.walk(*child, rest, depth);
        }
        let imported = module.imports.iter().find(|(name, from)| name == first && *from != [name.as_str()]);
        if let Some((_, from)) = imported {
            let whole = [from.as_slice(), rest].concat();
            let found = self.resolve(at, &whole, depth + 1);
            // An import of a whole crate, as `use std::fs` is for `fs::read`.
            let external = self.external.contains(&whole[0]) && found == Target::Unknown;
            return if external { Target::External(whole) } else { found };
        }
        for (_, from) in module.imports.iter().filter(|(name, _)| name == "*") {
            if let Target::Module(other) = self.resolve(at, from, depth + 1)
                && let found @ (Target::File(_) | Target::Module(_) | Target::External(_)) =
                    self.lookup_from_afar(other, path, depth + 1)
            {
                return found;
            }
        }
        if module.words.contains(first) { Target::File(module.file) } else { Target::Unknown }
    }

    fn lookup_from_afar(&self, at: usize, path: &[String], depth: usize) -> Target {
        if depth < DEEPEST { self.lookup(at, path, depth) } else { Target::Unknown }
    }

    /// The groups of files that lead to each other, each with its arrows. None of them, where there is no circle.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let arrows = self.arrows();
        let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (from, to, _) in &arrows {
            next.entry(from).or_default().insert(to);
        }
        let all: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|file| (*file, reached(&next, file))).collect();
        let both = |a: &str, b: &str| {
            all.get(a).is_some_and(|seen| seen.contains(b)) && all.get(b).is_some_and(|seen| seen.contains(a))
        };
        let mut groups: BTreeMap<&str, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for (from, to, path) in arrows.iter().filter(|(from, to, _)| both(from, to)) {
            let first = all.keys().find(|other| both(from, other)).unwrap();
            let names = groups.entry(first).or_default().entry(format!("{from} -> {to}")).or_default();
            names.push(path.clone());
        }
        groups
            .into_values()
            .map(|group| group.into_iter().map(|(pair, names)| format!("{pair}: {}", names.join(", "))).collect())
            .collect()
    }
}

/// All that a file leads to.
fn reached<'a>(next: &BTreeMap<&str, BTreeSet<&'a str>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![from];
    while let Some(at) = todo.pop() {
        todo.extend(next.get(at).into_iter().flatten().copied().filter(|to| seen.insert(*to)));
    }
    seen
}

/// The file of a module that is declared in a folder.
fn file_of(root: &Path, folder: &Path, name: &str) -> PathBuf {
    let flat = folder.join(format!("{name}.rs"));
    if root.join(&flat).exists() { flat } else { folder.join(name).join("mod.rs") }
}

fn external() -> BTreeSet<String> {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let named = manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_"));
    named.chain(["std", "core", "alloc"].map(str::to_owned)).collect()
}
