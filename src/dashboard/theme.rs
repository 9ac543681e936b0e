//! Looks as data: what each role is painted with, read from `assets/theme.toml`, and which glyphs are used.
//! No widget here, and no colour anywhere else.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::views::glyphs::Charset;

static BUILT_IN: LazyLock<Themes> = LazyLock::new(|| Themes::parse(Themes::BUILT_IN).unwrap_or_default());

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Plain text.
    Text,
    /// Of less weight: ages, units, hints.
    Quiet,
    /// Lines between panels.
    Rule,
    /// Headings.
    Heading,
    /// Links and numbers to look at.
    Accent,
    /// A line to type.
    Command,
    /// Fine.
    Good,
    /// Odd, and not the reason.
    Warn,
    /// Wrong.
    Bad,
    /// Not known, not needed.
    Unsure,
    /// The marked row.
    Selected,
    /// A tab.
    Tab,
    /// The tab of this screen.
    TabActive,
    /// The name of a key.
    Key,
    /// A match of the search.
    Mark,
    /// A line that proves something.
    Proof,
}

/// The themes, in the order in which the key goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    /// For a dark background, true colour.
    #[default]
    Dark,
    /// For a light background, true colour.
    Light,
    /// The terminal's own sixteen colours.
    Sixteen,
    /// No colour at all; bold, underlined and reversed remain.
    None,
}

impl ThemeName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Sixteen, Self::None];

    /// The name, as it is configured.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Sixteen => "sixteen",
            Self::None => "none",
        }
    }

    /// The next one.
    pub const fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Sixteen,
            Self::Sixteen => Self::None,
            Self::None => Self::Dark,
        }
    }
}

/// All themes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Themes(BTreeMap<ThemeName, BTreeMap<Role, Paint>>);

impl Themes {
    /// The themes that come with the program, as they are written.
    pub const BUILT_IN: &str = include_str!("../../assets/theme.toml");

    /// The themes that come with the program.
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// Reads themes.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The same themes with some roles painted otherwise, as a user's configuration wants it.
    pub fn repainted(mut self, other: Self) -> Self {
        for (name, roles) in other.0 {
            self.0.entry(name).or_default().extend(roles);
        }
        self
    }

    /// What a role is painted with.
    pub fn style(&self, theme: ThemeName, role: Role) -> Style {
        self.0.get(&theme).and_then(|roles| roles.get(&role)).map_or(Style::new(), |paint| paint.0)
    }
}

/// A style, written as words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Paint(Style);

impl TryFrom<String> for Paint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut style = Style::new();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            style = match word {
                "bold" => style.add_modifier(Modifier::BOLD),
                "dim" => style.add_modifier(Modifier::DIM),
                "italic" => style.add_modifier(Modifier::ITALIC),
                "underlined" => style.add_modifier(Modifier::UNDERLINED),
                "reversed" => style.add_modifier(Modifier::REVERSED),
                "default" => style,
                "on" => style.bg(color(words.next().unwrap_or_default(), &text)?),
                _ => style.fg(color(word, &text)?),
            };
        }
        Ok(Self(style))
    }
}

fn color(word: &str, text: &str) -> Result<Color, String> {
    Color::from_str(word).map_err(|_| {
        format!(
            "`{word}` in `{text}` is not a color; write `#rrggbb` or a name such as `green`, `light-red`, `dark-gray`"
        )
    })
}

/// How everything is painted: the chosen theme and glyphs.
#[derive(Debug, Clone)]
pub struct Look {
    /// All themes.
    pub themes: Themes,
    /// The chosen one.
    pub theme: ThemeName,
    /// The glyphs.
    pub glyphs: Charset,
}

impl Look {
    /// What a role is painted with.
    pub fn style(&self, role: Role) -> Style {
        self.themes.style(self.theme, role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_paints_every_role() {
        let themes = Themes::parse(Themes::BUILT_IN).expect("reads");
        let roles: std::collections::BTreeSet<_> = themes.0.values().flat_map(BTreeMap::keys).copied().collect();
        assert_eq!(roles.len(), 16);
        for name in ThemeName::ALL {
            assert_eq!(themes.0.get(&name).map(BTreeMap::len), Some(roles.len()), "{}", name.name());
        }
    }

    #[test]
    fn the_theme_without_colour_has_none() {
        for paint in Themes::built_in().0.get(&ThemeName::None).unwrap().values() {
            assert_eq!((paint.0.fg, paint.0.bg), (None, None));
        }
    }

    #[test]
    fn a_wrong_colour_is_told_with_what_to_write() {
        let error = Themes::parse("[dark]\ngood = \"grün\"\n").unwrap_err();
        assert!(error.message().contains("`grün`") && error.message().contains("#rrggbb"), "{error}");
        assert!(error.span().is_some());
    }
}
