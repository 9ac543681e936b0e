//! The configuration file: its keys, its template, and errors with line and column.
//! Each value is checked when it is read, so that an error can name its place.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::values::{endpoint, license_server, resolver};
use crate::cli::duration;
use crate::dashboard::{Action, Chord, Keymap, ThemeName, Themes};
use crate::probes::Host;
use crate::probes::host::read_bounded;

/// A configuration file is a page or two.
const LARGEST: u64 = 256 * 1024;
/// What stands in the template before keys and colours, which are listed from their tables.
const PREAMBLE: &str = include_str!("../../assets/config.toml");

/// The configuration file. Every key is that of the option of the same name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// LocalStack's endpoint.
    #[serde(deserialize_with = "read_endpoint")]
    pub endpoint_url: Option<String>,
    /// The container.
    pub container: Option<String>,
    /// The engine.
    pub docker_host: Option<String>,
    /// The license server.
    #[serde(deserialize_with = "read_license_server")]
    pub api_endpoint: Option<String>,
    /// Resolvers.
    #[serde(deserialize_with = "read_resolvers")]
    pub dns_server: Vec<SocketAddr>,
    /// Time for each check.
    #[serde(deserialize_with = "read_span")]
    pub timeout: Option<Duration>,
    /// Time between looks.
    #[serde(deserialize_with = "read_span")]
    pub interval: Option<Duration>,
    /// Nothing beyond this machine.
    pub offline: bool,
    /// The colours to begin with.
    pub theme: Option<ThemeName>,
    /// ASCII alone.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: Option<bool>,
    /// Other keys for some actions of the dashboard.
    keys: BTreeMap<Action, Spanned<Vec<Chord>>>,
    /// Other colours for some roles of some themes.
    colors: Themes,
}

impl Config {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it cannot be understood: as `line:column: what, and what to write instead`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|e| told(text, e.span(), e.message()))?;
        if let Some((taken, why)) = config.keymap().conflict() {
            let spans = config.keys.iter().filter(|(action, _)| taken.contains(action)).map(|(_, keys)| keys.span());
            return Err(told(text, spans.max_by_key(|span| span.start), &why));
        }
        Ok(config)
    }

    /// The keys of the dashboard, with those of the file.
    pub fn keymap(&self) -> Keymap {
        let keys = self.keys.iter().map(|(action, keys)| (*action, keys.get_ref().clone())).collect();
        Keymap::built_in().rebound(&keys)
    }

    /// The themes of the dashboard, with the colours of the file.
    pub fn themes(&self) -> Themes {
        Themes::built_in().repainted(self.colors.clone())
    }
}

/// Reads the configuration file: the one that was named, which must exist, else the usual one, which need not.
///
/// # Errors
/// When a named file is not there, or a file cannot be understood: with line and column.
pub fn load(named: Option<&PathBuf>, host: &Host) -> Result<Config, String> {
    let Some(path) = named.cloned().or_else(|| usual(host).filter(|p| p.exists())) else {
        return Ok(Config::default());
    };
    let bytes = read_bounded(&path, LARGEST).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    Config::parse(&String::from_utf8_lossy(&bytes)).map_err(|e| format!("{}:{e}", Path::display(&path)))
}

fn usual(host: &Host) -> Option<PathBuf> {
    let folder = host.var("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| host.in_home(".config"));
    folder.map(|folder| folder.join("lsdoctor/config.toml"))
}

/// The template: every setting with its default or an example, commented out.
pub fn template() -> String {
    let mut text = PREAMBLE.to_owned();
    text.push_str("\n# Keys of the dashboard. Keys listed here replace the keys of an action; [] removes them.\n");
    text.push_str("# A key is a character, ctrl- or alt- with one, or one of ");
    text.push_str(&Chord::names().collect::<Vec<_>>().join(" "));
    text.push_str(".\n# [keys]\n");
    for (action, keys, says) in Keymap::built_in().actions() {
        let keys: Vec<_> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        text.push_str(&format!("# {:<44} # {says}\n", format!("{action} = [{}]", keys.join(", "))));
    }
    text.push('\n');
    for line in Themes::BUILT_IN.lines() {
        let line = line.strip_prefix('[').map_or_else(|| line.to_owned(), |theme| format!("[colors.{theme}"));
        let mark = if line.is_empty() || line.starts_with('#') { "" } else { "# " };
        text.push_str(&format!("{mark}{line}\n"));
    }
    text
}

/// `line:column: why`, counted from 1 in characters.
fn told(text: &str, span: Option<Range<usize>>, why: &str) -> String {
    let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}: {}", why.trim_end().replace('\n', ", "))
}

/// Reads a text, and what is made of it; a mistake is told where the text stands.
fn read<'de, D: Deserializer<'de>, T>(
    from: D,
    make: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(from)?;
    make(&text).map(Some).map_err(D::Error::custom)
}

fn read_endpoint<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    read(from, endpoint)
}

fn read_license_server<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    read(from, license_server)
}

fn read_span<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    read(from, duration)
}

fn read_resolvers<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SocketAddr>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| resolver(text)).collect::<Result<_, _>>().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The template with every setting in force.
    fn uncommented() -> String {
        let setting = |line: &str| {
            let bare = line.strip_prefix("# ")?;
            (bare.starts_with('[') || bare.contains(" = ")).then(|| bare.to_owned())
        };
        template().lines().filter_map(setting).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_template_changes_nothing() {
        let config = Config::parse(&template()).unwrap();
        assert!(config.endpoint_url.is_none() && config.timeout.is_none() && !config.offline);
        assert_eq!((config.keymap(), config.themes()), (Keymap::built_in(), Themes::built_in()));
    }

    #[test]
    fn the_template_lists_every_setting_key_and_colour() {
        let config = Config::parse(&uncommented()).unwrap();
        // What has no default shows an example; keys and colours are those that are built in.
        assert!(config.endpoint_url.is_some() && config.container.is_some() && config.docker_host.is_some());
        assert!(config.api_endpoint.is_some() && config.dns_server.len() == 2 && config.theme.is_some());
        assert_eq!(config.timeout, Some(Duration::from_secs(5)));
        assert_eq!((config.interval, config.mouse), (Some(Duration::from_secs(1)), Some(true)));
        assert_eq!(config.colors, Themes::built_in());
        assert_eq!(config.keymap(), Keymap::built_in());
        assert_eq!(config.keys.len(), Keymap::built_in().actions().count());
    }

    #[test]
    fn keys_and_colours_of_the_file_go_before_those_built_in() {
        let config = Config::parse("[keys]\nfollow = ['F', 'ctrl-f']\n[colors.dark]\ngood = '#00ff00 bold'\n").unwrap();
        assert_ne!(config.themes(), Themes::built_in());
        let rows = config.keymap().rows(|row| row.action == Action::Follow);
        assert_eq!(rows[0].keys, "F ctrl-f");
    }

    #[test]
    fn mistakes_have_line_and_column_and_what_to_write() {
        for (text, at, told) in [
            ("\n[keys]\nfollow = ['hyper-f']\n", "3:", "`hyper-f` is not a key"),
            ("[keys]\nfolow = ['f']\n", "2:1", "unknown variant `folow`"),
            ("[keys]\nfollow = ['F']\nwrap = ['q']\n", "3:8", "`q` is used twice: \"wrap long lines"),
            ("[keys]\nwrap = ['x']\nfollow = ['x']\n", "3:10", "`x` is used twice"),
            ("[keys]\nquit = []\n", "2:8", "no key quits"),
            ("[colors.dark]\ngood = 'greenish'\n", "2:8", "`greenish` in `greenish` is not a color"),
            ("[colors.dusk]\ngood = 'green'\n", "1:9", "unknown variant `dusk`"),
            ("[colors.dark]\nshiny = 'green'\n", "2:1", "unknown variant `shiny`"),
            ("theme = 'dusk'\n", "1:9", "expected one of `dark`, `light`, `sixteen`, `none`"),
            ("timeout = 'soon'\n", "1:11", "write it like 5s"),
            ("ascii = false\nendpoint-url = 'ftp://x'\n", "2:16", "write it like http://localhost:4566"),
            ("dns-server = ['dns.example']\n", "1:14", "not the address of a DNS server"),
            ("thme = 'dark'\n", "1:1", "unknown field `thme`"),
            ("theme = \n", "1:9", "string"),
        ] {
            let error = Config::parse(text).unwrap_err();
            assert!(error.starts_with(at) && error.contains(told), "{text}\n{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn durations_are_those_of_the_options() {
        let timeout = |text: &str| Config::parse(&format!("timeout = '{text}'")).unwrap().timeout;
        assert_eq!((timeout("5"), timeout("1m30s")), (Some(Duration::from_secs(5)), Some(Duration::from_secs(90))));
    }

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(told("a = 'ö' # x\nb = '🔑', c", Some(25..26), "no"), "2:10: no");
    }
}
