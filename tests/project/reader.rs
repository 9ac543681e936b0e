//! Reads one file of the program's source into names, paths and literals; `source.rs` says what they lead to.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::source::{File, Module};

/// Walks through a file.
pub(crate) struct Reader<'a> {
    modules: &'a mut Vec<Module>,
    file: &'a mut File,
    /// The module that is being read.
    at: usize,
    /// Modules that are declared and lie in files of their own, each with the module that declares it.
    pub(crate) declared: Vec<(usize, String)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(modules: &'a mut Vec<Module>, file: &'a mut File, at: usize) -> Self {
        Self { modules, file, at, declared: Vec::new() }
    }

    pub(crate) fn read(&mut self, tree: &syn::File) {
        tree.items.iter().for_each(|item| self.visit_item(item));
    }

    fn module(&mut self) -> &mut Module {
        &mut self.modules[self.at]
    }

    fn name(&mut self, path: Vec<String>) {
        self.file.named.push((self.at, path));
    }

    fn define(&mut self, name: &syn::Ident) {
        let name = name.to_string();
        self.module().items.insert(name);
    }

    /// An import: its name is known from now on; it is an arrow unless it passes the name on.
    fn import(&mut self, tree: &syn::UseTree, before: &[String], passed_on: bool) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        let (name, path) = match tree {
            syn::UseTree::Path(path) => return self.import(&path.tree, &with(&path.ident), passed_on),
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, before, passed_on));
            }
            syn::UseTree::Name(name) if name.ident == "self" => (before.last().unwrap().clone(), before.to_vec()),
            syn::UseTree::Name(name) => (name.ident.to_string(), with(&name.ident)),
            syn::UseTree::Rename(name) if name.ident == "self" => (name.rename.to_string(), before.to_vec()),
            syn::UseTree::Rename(name) => (name.rename.to_string(), with(&name.ident)),
            _ => ("*".to_owned(), before.to_vec()),
        };
        if !passed_on && name != "*" {
            self.name(path.clone());
        }
        self.module().imports.push((name, path));
    }

    /// The paths and literals of a macro, which no parser knows: names joined by `::`.
    fn tokens(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let joined = |at: usize| {
            let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
            colon(at) && colon(at + 1)
        };
        let (mut path, mut at): (Vec<String>, usize) = (Vec::new(), 0);
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Group(group) if is_documentation(&group.stream()) => {}
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => self.literal(&literal.to_string()),
                TokenTree::Ident(ident) => {
                    let name = ident.to_string();
                    self.module().words.insert(name.clone());
                    path.push(name);
                    if joined(at + 1) {
                        at += 3;
                        continue;
                    }
                }
                TokenTree::Punct(_) => {}
            }
            if !path.is_empty() {
                let path = std::mem::take(&mut path);
                self.name(path);
            }
            at += 1;
        }
    }

    fn literal(&mut self, written: &str) {
        if let Ok(text) = syn::parse_str::<syn::LitStr>(written) {
            self.file.literals.push(text.value());
        }
    }
}

/// Whether it is what a line of documentation is turned into: `doc = "text"`.
fn is_documentation(stream: &TokenStream) -> bool {
    stream.clone().into_iter().next().is_some_and(|first| first.to_string() == "doc")
}

/// Whether it is there in tests alone.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|a| a.path().is_ident("cfg")).any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        let text = list.tokens.to_string();
        text == "test" || text.starts_with("all (test") || text.starts_with("all(test")
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        let attributes: &[syn::Attribute] = match item {
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => panic!("{}: an item that this test does not know", self.file.path),
        };
        if is_test(attributes) {
            return;
        }
        match item {
            Item::Const(item) => self.define(&item.ident),
            Item::Enum(item) => self.define(&item.ident),
            Item::Fn(item) => self.define(&item.sig.ident),
            Item::Macro(item) => item.ident.iter().for_each(|name| self.define(name)),
            Item::Static(item) => self.define(&item.ident),
            Item::Struct(item) => self.define(&item.ident),
            Item::Trait(item) => self.define(&item.ident),
            Item::Type(item) => self.define(&item.ident),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        let Some((_, items)) = &item.content else {
            let path = item.attrs.iter().any(|a| a.path().is_ident("path"));
            assert!(!path, "{}: a module with a path of its own, which this test does not follow", self.file.path);
            self.declared.push((self.at, name));
            return;
        };
        let (outer, inner) = (self.at, self.modules.len());
        let file = self.modules[outer].file;
        self.modules.push(Module { file, parent: Some(outer), ..Module::default() });
        self.modules[outer].children.insert(name, inner);
        self.at = inner;
        items.iter().for_each(|item| self.visit_item(item));
        self.at = outer;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let passed_on = !matches!(item.vis, syn::Visibility::Inherited);
        self.import(&item.tree, &[], passed_on);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    /// Attributes name functions in texts, as `#[serde(with = "module")]` does; what documentation says is no code.
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta
            && attribute.path().is_ident("serde")
        {
            let texts = list.tokens.clone().into_iter().filter_map(|token| match token {
                TokenTree::Literal(text) => syn::parse_str::<syn::LitStr>(&text.to_string()).ok(),
                _ => None,
            });
            for path in texts.filter_map(|text| text.parse::<syn::Path>().ok()) {
                self.visit_path(&path);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.name(names);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.visit_path(&item.path);
        self.tokens(item.tokens.clone());
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.file.literals.push(text.value());
    }
}
