//! How the YAML of a compose file becomes the model: every form in which compose accepts a thing.
//! Texts are taken as they are written; nothing is interpolated or judged.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::model::{
    Build, EnvFile, EnvFiles, Environment, Extends, Include, Includes, List, Placed, Service, Services, Setting,
};
use crate::observations::FileLine;

const fn place(line: u64) -> FileLine {
    FileLine { path: String::new(), line }
}

impl<'de> Deserialize<'de> for Services {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Services;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of services")
            }
            fn visit_unit<E>(self) -> Result<Services, E> {
                Ok(Services::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Services, A::Error> {
                let mut services = Vec::new();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    let service: Service = map.next_value()?;
                    services.push(Service { name: key.value, at: place(key.defined.line()), ..service });
                }
                Ok(Services(services))
            }
        }
        deserializer.deserialize_any(Map)
    }
}

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Service;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a service")
            }
            fn visit_unit<E>(self) -> Result<Service, E> {
                Ok(Service::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Service, A::Error> {
                let mut service = Service::default();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    match key.value.as_str() {
                        "image" => {
                            let at = place(key.defined.line());
                            service.image = map.next_value::<Option<String>>()?.map(|text| Placed { text, at });
                        }
                        "container_name" => service.container_name = map.next_value()?,
                        "network_mode" => service.network_mode = map.next_value()?,
                        "networks" => service.networks = names(&map.next_value::<Value>()?),
                        "build" => service.build = build(&map.next_value::<Value>()?),
                        "environment" => {
                            service.environment = map.next_value()?;
                            service.environment.at = Some(place(key.defined.line()));
                        }
                        "env_file" => {
                            let items: Spanned<Items> = map.next_value()?;
                            service.env_files = items.value.env_files(items.defined.line());
                        }
                        "ports" => service.ports = map.next_value::<Items>()?.ports(key.defined.line()),
                        "volumes" => service.volumes = map.next_value::<Items>()?.volumes(key.defined.line()),
                        "extends" => service.extends = Some(map.next_value::<Item>()?.extends(key.defined.line())),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(service)
            }
        }
        deserializer.deserialize_any(Map)
    }
}

/// The names in a list, or those that a mapping has as its keys.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(|item| Some(item.as_str()?.to_owned())).collect(),
        Value::Object(map) => map.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// `build: folder`, or a mapping with more.
fn build(value: &Value) -> Option<Build> {
    const DOCKERFILE: &str = "Dockerfile";
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(context) = text(value) {
        return Some(Build { context, dockerfile: DOCKERFILE.to_owned(), ..Build::default() });
    }
    let field = |name: &str| value.get(name).and_then(text);
    let args = match value.get("args") {
        Some(Value::Object(map)) => map.iter().filter_map(|(name, v)| Some((name.clone(), text(v)?))).collect(),
        Some(Value::Array(items)) => {
            let pairs = items.iter().filter_map(|item| item.as_str()?.split_once('='));
            pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
        }
        _ => BTreeMap::new(),
    };
    value.is_object().then(|| Build {
        context: field("context").unwrap_or_else(|| ".".to_owned()),
        dockerfile: field("dockerfile").unwrap_or_else(|| DOCKERFILE.to_owned()),
        target: field("target"),
        args,
    })
}

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Environment;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or a mapping of variables")
            }
            fn visit_unit<E>(self) -> Result<Environment, E> {
                Ok(Environment::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Environment, A::Error> {
                let mut settings = Vec::new();
                while let Some(item) = list.next_element::<Spanned<String>>()? {
                    let at = place(item.defined.line());
                    settings.push(match item.value.split_once('=') {
                        Some((name, text)) => {
                            Setting { name: name.to_owned(), text: Some(text.to_owned()), at, scope: 0 }
                        }
                        None => Setting { name: item.value, text: None, at, scope: 0 },
                    });
                }
                Ok(Environment { at: None, settings })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Environment, A::Error> {
                let mut settings = Vec::new();
                // Read as texts: numbers and booleans keep their spelling.
                while let Some((key, text)) = map.next_entry::<Spanned<String>, Option<String>>()? {
                    settings.push(Setting { name: key.value, text, at: place(key.defined.line()), scope: 0 });
                }
                Ok(Environment { at: None, settings })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// One text, or a list of texts.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    fn list(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

/// An item of `include`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a path, or a mapping with a path")]
enum Included {
    Path(String),
    Project { path: Texts, project_directory: Option<String>, env_file: Option<Texts> },
}

impl<'de> Deserialize<'de> for Includes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Option::<Vec<Spanned<Included>>>::deserialize(deserializer)?;
        let include = |item: Spanned<Included>| {
            let at = place(item.defined.line());
            match item.value {
                Included::Path(path) => Include { paths: vec![path], at, ..Include::default() },
                Included::Project { path, project_directory: folder, env_file } => {
                    Include { paths: path.list(), folder, env_files: env_file.map(Texts::list), at }
                }
            }
        };
        Ok(Self(items.unwrap_or_default().into_iter().map(include).collect()))
    }
}

/// A list item that is a scalar or a mapping, or a list of one written without a list.
enum Item {
    Scalar(String),
    Mapping(Vec<(String, Option<String>)>),
}

impl Item {
    fn field(&self, name: &str) -> String {
        match self {
            Self::Scalar(_) => String::new(),
            Self::Mapping(fields) => {
                fields.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.clone()).unwrap_or_default()
            }
        }
    }

    fn extends(self, line: u64) -> Extends {
        let (service, file) = (self.field("service"), self.field("file"));
        let file = Some(file).filter(|f| !f.is_empty());
        let service = if let Self::Scalar(service) = self { service } else { service };
        Extends { service, file, at: place(line), ..Extends::default() }
    }

    fn port(self) -> String {
        let (address, published, target) = (self.field("host_ip"), self.field("published"), self.field("target"));
        match self {
            Self::Scalar(text) => text,
            Self::Mapping(_) => {
                let parts = [address, published, target].into_iter().filter(|p| !p.is_empty());
                parts.collect::<Vec<_>>().join(":")
            }
        }
    }

    /// A volume that keeps its content; memory does not.
    fn volume(self) -> Option<String> {
        let (kind, source, target) = (self.field("type"), self.field("source"), self.field("target"));
        match self {
            Self::Scalar(text) => Some(text),
            Self::Mapping(_) if kind == "tmpfs" || source.is_empty() => None,
            Self::Mapping(_) => Some(format!("{source}:{target}")),
        }
    }
}

impl Items {
    fn ports(self, line: u64) -> List {
        List { at: Some(place(line)), items: self.0.into_iter().map(|(_, item)| item.port()).collect() }
    }

    fn volumes(self, line: u64) -> List {
        List { at: Some(place(line)), items: self.0.into_iter().filter_map(|(_, item)| item.volume()).collect() }
    }

    fn env_files(self, line: u64) -> EnvFiles {
        let file = |(at, item): (u64, Item)| {
            let optional = item.field("required") == "false";
            let path = item.field("path");
            let path = if let Item::Scalar(text) = item { text } else { path };
            EnvFile { path, at: place(if at == 0 { line } else { at }), optional, scope: 0 }
        };
        EnvFiles(self.0.into_iter().map(file).collect())
    }
}

/// A value of a long form that is of interest only when it is a scalar.
struct Scalar(Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Item::deserialize(deserializer)? {
            Item::Scalar(text) => Some(text),
            Item::Mapping(_) => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Item;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number or a mapping")
            }
            fn visit_unit<E>(self) -> Result<Item, E> {
                Ok(Item::Scalar(String::new()))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Item, E> {
                Ok(Item::Scalar(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Item, E> {
                Ok(Item::Scalar(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Item, E> {
                Ok(Item::Scalar(value.to_string()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Item, E> {
                Ok(Item::Scalar(value.to_string()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Item, E> {
                Ok(Item::Scalar(value.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Scalar>()? {
                    fields.push((name, value.0));
                }
                Ok(Item::Mapping(fields))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Item, A::Error> {
                Err(A::Error::custom("expected a text, a number or a mapping, not a list"))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// One item or a list of them, each with its line.
struct Items(Vec<(u64, Item)>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Items;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list")
            }
            fn visit_unit<E>(self) -> Result<Items, E> {
                Ok(Items(Vec::new()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Items, E> {
                Ok(Items(vec![(0, Item::Scalar(value.to_owned()))]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element::<Spanned<Item>>()? {
                    items.push((item.defined.line(), item.value));
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
