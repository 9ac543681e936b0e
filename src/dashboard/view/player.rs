//! The line of a recording: whether it plays, how fast, how far.
//! It is shown as it was told; the playing is done elsewhere.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::pieces::span;
use crate::case::ReplayState;
use crate::dashboard::model::Model;
use crate::dashboard::text;
use crate::dashboard::theme::Role;

/// Columns of the bar at least.
const BAR: usize = 12;

/// Draws the line.
pub(super) fn view(model: &Model, area: Rect, buf: &mut Buffer) {
    let Some(state) = model.transient.replay.as_ref().filter(|_| area.area() > 0) else { return };
    let look = &model.look;
    let bar = bar(model, area);
    let done = share(state.position_ms.min(state.length_ms), bar.width.into(), state.length_ms);
    let done = usize::try_from(done).unwrap_or(0);
    let line = Line::from(vec![
        span(look, Role::Accent, left(state)),
        span(look, Role::Accent, look.glyphs.thick_rule().repeat(done)),
        span(look, Role::Rule, look.glyphs.rule().repeat(usize::from(bar.width).saturating_sub(done))),
        span(look, Role::Quiet, right(model, state, area)),
    ]);
    line.render(area, buf);
}

/// This part of so much, of a whole of its own; whatever the numbers are.
pub(crate) fn share(part: u64, of: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(part) * u128::from(of) / u128::from(whole.max(1))).unwrap_or(of)
}

/// The place of the bar itself, for clicks into it.
pub(crate) fn bar(model: &Model, area: Rect) -> Rect {
    let Some(state) = &model.transient.replay else { return Rect::ZERO };
    let columns = |text: &str| u16::try_from(text::width(text)).unwrap_or(u16::MAX);
    let (left, right) = (columns(&left(state)), columns(&right(model, state, area)));
    Rect { x: area.x + left.min(area.width), width: area.width.saturating_sub(left + right), ..area }
}

fn left(state: &ReplayState) -> String {
    let word = if state.paused { "paused" } else { "playing" };
    let (whole, part) = (state.speed / 100, state.speed % 100);
    let speed = if part == 0 { format!("{whole}x") } else { format!("{whole}.{part:02}x") };
    format!(" {} {} ", text::pad(word, 7, ""), text::pad(&speed, 5, ""))
}

fn right(model: &Model, state: &ReplayState, area: Rect) -> String {
    let seconds = |ms: u64| format!("{}:{:02}", ms / 60_000, ms / 1_000 % 60);
    let words = format!(" {} / {}  {} ", seconds(state.position_ms), seconds(state.length_ms), state.title);
    text::fit(
        &words,
        usize::from(area.width).saturating_sub(BAR + text::width(&left(state))),
        model.look.glyphs.ellipsis(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_length_is_too_long_for_the_bar() {
        assert_eq!((share(5, 40, 10), share(u64::MAX, 80, u64::MAX), share(40, u64::MAX, 80)), (20, 80, u64::MAX / 2));
        assert_eq!(share(0, 80, 0), 0);
    }
}
