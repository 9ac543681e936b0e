//! The eight screens of the dashboard, and the size of the terminal.
//! Keys, layout, model and views share these two types.

/// The screens, in the order of their number keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Screen {
    #[default]
    Overview,
    Checks,
    Log,
    Network,
    License,
    Instance,
    Timeline,
    Explain,
}

impl Screen {
    /// Every screen, in order.
    pub const ALL: [Self; 8] = [
        Self::Overview,
        Self::Checks,
        Self::Log,
        Self::Network,
        Self::License,
        Self::Instance,
        Self::Timeline,
        Self::Explain,
    ];

    /// The title on its tab.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Checks => "Checks",
            Self::Log => "Log",
            Self::Network => "Network",
            Self::License => "License",
            Self::Instance => "Instance",
            Self::Timeline => "Timeline",
            Self::Explain => "Explain",
        }
    }

    /// The title on a narrow tab.
    pub const fn short_title(self) -> &'static str {
        match self {
            Self::Network => "Net",
            Self::Instance => "Inst",
            _ => self.title(),
        }
    }

    /// The number of its key, from 1.
    pub const fn number(self) -> usize {
        self as usize + 1
    }

    /// The screen this many places later. After the last one comes the first.
    pub fn turned(self, by: usize) -> Self {
        Self::ALL.into_iter().cycle().nth(self as usize + by).unwrap_or_default()
    }
}

/// The size of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_turn_round() {
        assert_eq!(Screen::Explain.turned(1), Screen::Overview);
        assert_eq!(Screen::Overview.turned(7), Screen::Explain);
    }
}
