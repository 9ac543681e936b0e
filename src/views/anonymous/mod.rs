//! Hides names in a report or a recording: hosts, users, projects, directories and private addresses.
//! `names` finds them in the data, `words` replaces them.

mod names;
mod words;

pub use words::Anonymous;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use words::{FORMAT_WORDS, Kind, MOST};

/// The names of this machine and its user, which are known before any data is read.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Names of the machine.
    pub hosts: Vec<String>,
    /// Names of the user.
    pub users: Vec<String>,
    /// Directories, such as the home and the working directory.
    pub directories: Vec<String>,
}

impl Anonymous {
    /// Starts with the names of this identity. `products` are names in certificates that identify a product and not its user, in lower case.
    pub fn new(identity: &Identity, products: Vec<String>) -> Self {
        let mut new = Self::default();
        new.products = products;
        for name in &identity.hosts {
            new.host(name);
            new.hide(Kind::Host, name.split('.').next().unwrap_or_default());
        }
        identity.users.iter().for_each(|name| new.hide(Kind::User, name));
        identity.directories.iter().for_each(|path| new.directory(path));
        new
    }

    /// Returns the same data with its names replaced. Names in the data are collected first.
    ///
    /// # Errors
    /// When there are more names than can be kept apart, or what is left cannot be read back, which would be a fault of ours.
    pub fn of<T: Serialize + DeserializeOwned>(&mut self, data: &T) -> Result<T, String> {
        let mut value = serde_json::to_value(data).map_err(|e| e.to_string())?;
        self.collect_names(&value);
        if self.words.len() >= MOST {
            return Err(format!("more than {MOST} names are in it, and not all would be left out"));
        }
        self.replace(&mut value, "");
        // By way of text: data has one reader, of bytes, which is not built twice.
        let bytes = serde_json::to_vec(&value).map_err(|e| e.to_string())?;
        serde_json::from_slice(&bytes).map_err(|e| format!("what is left cannot be read: {e}"))
    }

    /// Replaces names in every string below this value, except under the keys whose strings are words of the format.
    fn replace(&mut self, value: &mut Value, key: &str) {
        match value {
            Value::String(text) if !FORMAT_WORDS.contains(&key) => *text = self.text(text),
            Value::Array(list) => match list.as_mut_slice() {
                // A viewpoint and what was seen from it: a word of the format.
                [Value::String(_), seen @ Value::Object(_)] => self.replace(seen, key),
                list => list.iter_mut().for_each(|item| self.replace(item, key)),
            },
            Value::Object(map) => {
                names::blank_variable(map);
                map.iter_mut().for_each(|(key, item)| self.replace(item, key));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Vec<String> {
        let identity = Identity {
            hosts: vec!["build-box.acme.example.net".into()],
            users: vec!["alice".into()],
            directories: vec!["/home/alice/clients/acme/shop".into()],
        };
        let list: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        Anonymous::new(&identity, Vec::new()).of(&list).unwrap()
    }

    #[test]
    fn the_same_name_is_the_same_word_everywhere() {
        let texts = of(&[
            "on build-box.acme.example.net and build-box, by alice.",
            "/home/alice/clients/acme/shop/compose.yaml",
            "via http://proxy.acme.example.net:3128 and proxy.acme.example.net, not xproxy.acme.example.net",
            "malice is no user; shop is a word",
        ]);
        assert_eq!(
            texts,
            [
                "on host-1 and host-2, by user-1.",
                "/home/user-1/dir-1/dir-2/dir-3/compose.yaml",
                "via http://host-3:3128 and host-3, not xproxy.domain-1",
                "malice is no user; shop is a word",
            ]
        );
    }

    #[test]
    fn more_names_than_can_be_kept_apart_are_an_error_and_no_half_hidden_text() {
        let urls: Vec<String> = (0..1_200).map(|n| format!("https://box{n}.globex{n}.net/")).collect();
        assert!(
            Anonymous::new(&Identity::default(), Vec::new()).of(&urls).unwrap_err().contains("more than 1000 names")
        );
    }

    #[test]
    fn what_is_localstacks_and_what_is_public_stays() {
        let texts = [
            "https://api.localstack.cloud/v1 at 52.72.45.10:443, 127.0.0.1, ::1, 0.0.0.0, 198.18.0.1",
            "container localstack-main of localstack/localstack-pro:4.14.0 on host.docker.internal",
            "/root/.localstack/default.env and /var/lib/localstack/cache/license.json",
            "2026-11-24T11:52:07.712 DEBUG --- [  MainThread] l.p.c.b.licensingv2: step 1",
        ];
        assert_eq!(of(&texts), texts);
    }

    #[test]
    fn private_addresses_stay_in_their_range() {
        let texts = of(&["10.1.2.3:53 10.1.2.3 172.20.9.9 192.168.178.1. fd12:3456::1 fe80::9"]);
        assert_eq!(texts, ["10.0.0.1:53 10.0.0.1 172.20.0.2 192.168.0.3. fd00::4 fe80::5"]);
    }
}
