//! Where everything is: a pure function of the size, the screen, and how much the panels want to show.
//! Drawing and scrolling both ask here, so they cannot disagree.

use ratatui::layout::Rect;

use crate::observations::ProbeId;

use super::screen::{Screen, Size};
use super::text;

/// Below this nothing can be read.
pub(super) const SMALLEST: Size = Size { width: 40, height: 12 };
/// From this width on the overview has two columns.
const TWO_COLUMNS: u16 = 160;
/// From this width on changes and log stand side by side.
const SIDE_BY_SIDE: u16 = 100;
/// Up to this height and width only what matters most is shown.
const SMALL: Size = Size { width: 66, height: 19 };
/// A list of checks with its heading.
#[expect(clippy::cast_possible_truncation, reason = "the table of subjects has far fewer rows than 65,535")]
const CHECKS: u16 = ProbeId::ALL.len() as u16 + 1;
/// So many rows of the checks at most are kept free of remedies that come after the first.
const CHECKS_KEPT: u16 = 7;
/// Fewer rows than this are not worth a panel.
const LEAST: u16 = 3;
/// Columns of the log before its text: number and mark.
pub(super) const GUTTER: u16 = 8;

/// The parts of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Panel {
    /// The tabs.
    Tabs,
    /// The verdict in one line.
    Verdict,
    /// The verdict in full.
    Banner,
    /// What to type.
    Remedies,
    /// The checks in short, on the overview.
    Summary,
    /// What changed last.
    Changes,
    /// The last lines of the log.
    Tail,
    /// The list of checks.
    List,
    /// One check in full.
    Detail,
    /// The log.
    Log,
    /// A page to scroll.
    Page,
    /// Where a recording stands.
    Player,
    /// Keys, notices, search field.
    Footer,
}

/// How many rows the panels of the overview would like, headings included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wants {
    /// The verdict in full.
    pub banner: u16,
    /// Of these, state and sentence: without them there is no answer.
    pub sentence: u16,
    /// What to type: the end of each remedy, the first one's first.
    pub remedies: Vec<u16>,
    /// The heading of the checks, those that did not pass, and a line about the rest.
    pub checks: u16,
    /// The changes.
    pub changes: u16,
    /// A recording is played.
    pub player: bool,
}

/// The parts and their places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Areas(Vec<(Panel, Rect)>);

impl Areas {
    /// The place of a part; empty when it is not shown.
    pub fn of(&self, panel: Panel) -> Rect {
        self.0.iter().find(|(p, _)| *p == panel).map_or(Rect::ZERO, |(_, area)| *area)
    }

    /// The part at a position, and its place.
    pub fn at(&self, column: u16, row: u16) -> Option<(Panel, Rect)> {
        self.0.iter().copied().find(|(_, area)| area.contains((column, row).into()))
    }

    /// All parts that are shown.
    pub fn iter(&self) -> impl Iterator<Item = &(Panel, Rect)> {
        self.0.iter()
    }

    fn put(&mut self, panel: Panel, area: Rect) {
        if area.area() > 0 {
            self.0.push((panel, area));
        }
    }
}

/// The places of all parts; none when the terminal is too small.
pub fn areas(size: Size, screen: Screen, wants: &Wants) -> Areas {
    let mut areas = Areas::default();
    if size.width < SMALLEST.width || size.height < SMALLEST.height {
        return areas;
    }
    let mut rest = Rect::new(0, 0, size.width, size.height);
    areas.put(Panel::Tabs, top(&mut rest, 1));
    areas.put(Panel::Footer, bottom(&mut rest, 1));
    if wants.player {
        areas.put(Panel::Player, bottom(&mut rest, 1));
    }
    if size.height > SMALL.height {
        top(&mut rest, 1);
    }
    if screen != Screen::Overview {
        areas.put(Panel::Verdict, top(&mut rest, 1));
        if size.height > SMALL.height {
            top(&mut rest, 1);
        }
    }
    match screen {
        Screen::Overview => overview(&mut areas, rest, wants),
        Screen::Checks => {
            let rows = CHECKS.min(rest.height.div_ceil(2));
            areas.put(Panel::List, top(&mut rest, rows));
            let spare = rest.height > CHECKS;
            top(&mut rest, u16::from(spare));
            areas.put(Panel::Detail, rest);
        }
        Screen::Log => areas.put(Panel::Log, rest),
        _ => areas.put(Panel::Page, rest),
    }
    areas
}

/// Columns of remedies and checks on the overview: all of them, unless changes and log stand beside.
pub(super) const fn left_column(width: u16) -> u16 {
    if width < TWO_COLUMNS { width } else { width - width / 5 * 2 - 2 }
}

/// Columns of the changes on the overview, where they are shown.
pub(super) const fn changes_column(width: u16) -> u16 {
    match width {
        TWO_COLUMNS.. => width - left_column(width) - 2,
        SIDE_BY_SIDE.. => width / 2 - 1,
        _ => width,
    }
}

fn overview(areas: &mut Areas, mut rest: Rect, wants: &Wants) {
    let first = wants.remedies.first().copied().unwrap_or(0);
    let gap = gap(rest.height, wants);
    let small = rest.width <= SMALL.width || rest.height < SMALL.height - 3;
    // The sentence and the first remedy come before proof and further findings.
    let most = rest.height.saturating_sub(2 * LEAST);
    let banner = wants.banner.min(rest.height.saturating_sub(first.saturating_add(LEAST)).max(wants.sentence));
    areas.put(Panel::Banner, top(&mut rest, banner.min(most)));
    top(&mut rest, gap);
    let mut right = Rect::ZERO;
    let left = left_column(rest.width);
    if left < rest.width {
        right = Rect { x: rest.x + left + 2, width: rest.width - left - 2, ..rest };
        rest.width = left;
    }
    let remedies = whole_remedies(wants, rest.height, small);
    areas.put(Panel::Remedies, top(&mut rest, remedies));
    top(&mut rest, gap.min(remedies));
    areas.put(Panel::Summary, top(&mut rest, CHECKS));
    if small {
        return;
    }
    if right.area() > 0 {
        let changes = wants.changes.clamp(LEAST, (right.height / 3).max(LEAST));
        areas.put(Panel::Changes, top(&mut right, changes));
        top(&mut right, gap);
        areas.put(Panel::Tail, right);
        return;
    }
    top(&mut rest, gap);
    below(areas, rest, wants);
}

/// An empty row between panels, where there are rows to spare that no further panel needs.
fn gap(height: u16, wants: &Wants) -> u16 {
    let all = wants.remedies.last().copied().unwrap_or(0);
    let spare = height.saturating_sub(wants.banner.saturating_add(all).saturating_add(CHECKS));
    let gaps = 1 + u16::from(all > 0);
    u16::from((gaps..LEAST).contains(&spare) || spare > gaps + 1 + LEAST)
}

/// Rows for as many whole remedies as leave room for the checks; the first one gets more if it must.
fn whole_remedies(wants: &Wants, height: u16, small: bool) -> u16 {
    let first = wants.remedies.first().copied().unwrap_or(0);
    let room = height.saturating_sub(if small { LEAST } else { wants.checks.clamp(LEAST, CHECKS_KEPT) });
    let fitting = wants.remedies.iter().copied().take(if small { 1 } else { usize::MAX }).filter(|end| *end <= room);
    fitting.max().unwrap_or_else(|| first.min(height.saturating_sub(LEAST)))
}

/// Changes and log, side by side or one below the other.
fn below(areas: &mut Areas, mut rest: Rect, wants: &Wants) {
    if rest.height < LEAST {
        return;
    }
    if rest.width >= SIDE_BY_SIDE {
        let mut left = rest;
        left.width = changes_column(rest.width);
        rest.x = left.right() + 2;
        rest.width -= left.width + 2;
        areas.put(Panel::Changes, left);
        areas.put(Panel::Tail, rest);
        return;
    }
    let changes = wants.changes.clamp(LEAST, (rest.height / 2).max(LEAST));
    areas.put(Panel::Changes, top(&mut rest, changes));
    if rest.height >= LEAST {
        areas.put(Panel::Tail, rest);
    }
}

fn top(rest: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(rest.height);
    let cut = Rect { height: rows, ..*rest };
    rest.y += rows;
    rest.height -= rows;
    cut
}

fn bottom(rest: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(rest.height);
    rest.height -= rows;
    Rect { y: rest.bottom(), height: rows, ..*rest }
}

/// The tabs with their texts, from the left; shorter titles, or numbers alone, where there is less room.
pub(super) fn tabs(width: u16, shown: Screen) -> Vec<(Screen, Rect, String)> {
    let room = usize::from(width);
    let whole = |title: fn(Screen) -> &'static str| {
        Screen::ALL.into_iter().map(|screen| text::width(title(screen)) + 4).sum::<usize>() <= room
    };
    let title = match () {
        () if whole(Screen::title) => Some(Screen::title as fn(Screen) -> &'static str),
        () if whole(Screen::short_title) => Some(Screen::short_title as fn(Screen) -> &'static str),
        () => None,
    };
    let mut x = 0;
    let placed = Screen::ALL.into_iter().map(|screen| {
        let label = match title {
            Some(title) => format!(" {} {} ", screen.number(), title(screen)),
            None if screen == shown => format!(" {} {} ", screen.number(), screen.short_title()),
            None => format!(" {} ", screen.number()),
        };
        let columns = u16::try_from(text::width(&label)).unwrap_or(0);
        let area = Rect::new(x, 0, columns, 1);
        x += columns;
        (screen, area, label)
    });
    placed.filter(|(_, area, _)| area.right() <= width).collect()
}

/// The columns of a page that scrolls: two at the right are left to the mark of where it stands.
pub(super) fn page_width(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(2))
}

/// The place of the log's text: width and height.
pub(super) fn log_text(area: Rect) -> (usize, usize) {
    // One row is the heading.
    (usize::from(area.width.saturating_sub(GUTTER).max(1)), usize::from(area.height.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_sizes() -> impl Iterator<Item = Size> {
        (SMALLEST.height..=80).flat_map(|height| {
            (SMALLEST.width..=300)
                .step_by(if height % 7 == 0 { 1 } else { 13 })
                .map(move |width| Size { width, height })
        })
    }

    fn some_wants() -> Vec<Wants> {
        let mut all = Vec::new();
        for banner in [2, 5, 30] {
            for remedies in [0, 4, 60] {
                for changes in [2, 9] {
                    let player = changes == 9;
                    let remedies = if remedies == 0 { vec![] } else { vec![remedies.min(6), remedies] };
                    all.push(Wants { banner, sentence: banner.min(4), remedies, checks: changes, changes, player });
                }
            }
        }
        all
    }

    #[test]
    fn nothing_overlaps_and_nothing_sticks_out() {
        for size in all_sizes() {
            for wants in some_wants() {
                for screen in Screen::ALL {
                    let areas = areas(size, screen, &wants);
                    let whole = Rect::new(0, 0, size.width, size.height);
                    let placed: Vec<_> = areas.iter().collect();
                    for (i, (panel, area)) in placed.iter().enumerate() {
                        assert_eq!(whole.intersection(*area), *area, "{panel:?} {size:?} {screen:?} {wants:?}");
                        for (other, there) in placed.iter().skip(i + 1) {
                            assert!(!area.intersects(*there), "{panel:?} {other:?} {size:?} {screen:?} {wants:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn verdict_and_checks_are_seen_at_every_size() {
        for size in all_sizes() {
            for wants in some_wants() {
                let areas = areas(size, Screen::Overview, &wants);
                assert!(areas.of(Panel::Banner).height >= 2, "{size:?} {wants:?}");
                assert!(areas.of(Panel::Summary).height >= LEAST, "{size:?} {wants:?}");
                assert!(wants.remedies.is_empty() || areas.of(Panel::Remedies).height > 0, "{size:?} {wants:?}");
            }
        }
    }

    #[test]
    fn tabs_fit_and_the_shown_one_has_its_title() {
        for width in SMALLEST.width..=300 {
            for screen in Screen::ALL {
                let tabs = tabs(width, screen);
                assert_eq!(tabs.len(), 8, "{width}");
                assert!(tabs.iter().any(|(s, _, label)| *s == screen && label.contains(screen.short_title())));
            }
        }
        assert!(tabs(80, Screen::Log).iter().all(|(_, _, label)| label.len() > 4), "all titles at 80 columns");
    }

    #[test]
    fn too_small_is_nothing() {
        assert_eq!(areas(Size { width: 39, height: 50 }, Screen::Log, &Wants::default()), Areas::default());
    }
}
