//! Words and widths: ages, times, cutting and wrapping by what a terminal shows.
//! Pure functions of text, numbers and given times; nothing of what they are said about.

use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text, cut to a width with an ellipsis at its end.
pub(super) fn fit(text: &str, wanted: usize, ellipsis: &str) -> String {
    if text.width() <= wanted {
        return text.to_owned();
    }
    let room = wanted.saturating_sub(ellipsis.width());
    let end = hard_rows(text, room.max(1)).first().map_or(0, |row| row.end);
    let kept = text.get(..end).unwrap_or_default().trim_end();
    let kept = if kept.width() > room { "" } else { kept };
    format!("{kept}{}", ellipsis.chars().take(wanted).collect::<String>())
}

/// The text, cut in its middle: for paths and image names, whose end tells most.
pub(super) fn fit_middle(text: &str, wanted: usize, ellipsis: &str) -> String {
    let room = wanted.saturating_sub(ellipsis.width());
    if text.width() <= wanted || room < 4 {
        return fit(text, wanted, ellipsis);
    }
    let head = fit(text, room / 3, "");
    let mut tail = text.len();
    for (i, _) in text.char_indices().rev() {
        if text.get(i..).is_some_and(|t| t.width() > room - room / 3) {
            break;
        }
        tail = i;
    }
    format!("{head}{ellipsis}{}", text.get(tail..).unwrap_or_default())
}

/// The text and spaces up to a width; cut when it is longer.
pub(super) fn pad(text: &str, wanted: usize, ellipsis: &str) -> String {
    let cut = fit(text, wanted, ellipsis);
    let spaces = wanted.saturating_sub(cut.width());
    format!("{cut}{}", " ".repeat(spaces))
}

/// The same, with the spaces before it.
pub(super) fn pad_left(text: &str, wanted: usize, ellipsis: &str) -> String {
    let cut = fit(text, wanted, ellipsis);
    let spaces = wanted.saturating_sub(cut.width());
    format!("{}{cut}", " ".repeat(spaces))
}

/// The text, wrapped at spaces; its own line feeds stay, and words that are too long are broken.
pub(super) fn wrap(text: &str, wanted: usize) -> Vec<String> {
    let options = textwrap::Options::new(wanted.max(1)).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let mut rows: Vec<String> = textwrap::wrap(text, options).into_iter().map(String::from).collect();
    // A character that is wider than the room is left alone by the wrapping.
    rows.retain(|row| row.width() <= wanted.max(2));
    rows
}

/// The rows of a text that is broken wherever the width is reached; at least one.
pub(super) fn hard_rows(text: &str, wanted: usize) -> Vec<Range<usize>> {
    let (mut rows, mut start, mut used) = (Vec::new(), 0, 0);
    for (i, letter) in text.char_indices() {
        let columns = letter.width().unwrap_or(0);
        if used + columns > wanted && i > start {
            rows.push(start..i);
            (start, used) = (i, 0);
        }
        used += columns;
    }
    rows.push(start..text.len());
    rows
}

/// The rows of a text that is broken after a space where there is one in the second half of the row, else anywhere.
pub(super) fn soft_rows(text: &str, wanted: usize) -> Vec<Range<usize>> {
    let (mut rows, mut start) = (Vec::new(), 0);
    while let Some(rest) = text.get(start..).filter(|rest| rest.width() > wanted) {
        let hard = hard_rows(rest, wanted).first().map_or(rest.len(), |row| row.end);
        let head = rest.get(..hard).unwrap_or_default();
        let soft = head.rfind(' ').map(|at| at + 1).filter(|at| *at * 2 > hard);
        let end = start + soft.unwrap_or(hard);
        if end >= text.len() {
            break;
        }
        rows.push(start..end);
        start = end;
    }
    rows.push(start..text.len());
    rows
}

/// How long something took: `84 ms`, `1.2 s`. Below 10 ms it is told apart by nobody, and differs with every look.
pub(super) fn took(milliseconds: f64) -> String {
    match milliseconds {
        ms if ms < 10.0 => "<10 ms".to_owned(),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 9_950.0 => format!("{:.1} s", ms / 1000.0),
        ms => span((ms / 1000.0).round() as i64),
    }
}

/// A span of time in its one or two greatest units: `12 s`, `5 m`, `3 h 20 m`, `2 d 4 h`.
pub(super) fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (m, h, d) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{m} m"),
        3_600..86_400 if m % 60 == 0 => format!("{h} h"),
        3_600..86_400 => format!("{h} h {} m", m % 60),
        86_400..864_000 if h % 24 != 0 => format!("{d} d {} h", h % 24),
        _ => format!("{d} d"),
    }
}

/// How long ago something was, for a column. In minutes: a screen on which nothing happens stands still.
pub(super) fn age(then: Timestamp, now: Timestamp) -> String {
    match now.duration_since(then).as_secs() {
        ..60 => "now".to_owned(),
        seconds => span(seconds),
    }
}

/// The same, for a sentence.
pub(super) fn ago(then: Timestamp, now: Timestamp) -> String {
    match age(then, now).as_str() {
        "now" => "just now".to_owned(),
        age => format!("{age} ago"),
    }
}

/// The time of day.
pub(super) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let time = at.to_zoned_datetime(zone.clone());
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// The time of day, with the date when it is another day than `now`.
pub(super) fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (then, today) = (at.to_zoned_datetime(zone.clone()), now.to_zoned_datetime(zone.clone()));
    if then.date() == today.date() { clock(at, zone) } else { format!("{} {}", then.date(), clock(at, zone)) }
}

/// The date.
pub(super) fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_never_exceeds_the_width() {
        for text in ["", "a", "plain words here", "🔑🔑🔑🔑", "größe 🔑✅ und mehr", "日本語のテキスト"]
        {
            for wanted in 0..20 {
                for ellipsis in ["…", "..."] {
                    assert!(fit(text, wanted, ellipsis).width() <= wanted, "{text} {wanted}");
                    assert!(fit_middle(text, wanted, ellipsis).width() <= wanted, "{text} {wanted}");
                    assert_eq!(pad(text, wanted, ellipsis).width(), wanted);
                    assert_eq!(pad_left(text, wanted, ellipsis).width(), wanted);
                }
            }
        }
    }

    #[test]
    fn the_end_of_a_path_survives() {
        assert_eq!(fit_middle("/home/someone/projects/stack/docker-compose.yml", 25, "…"), "/home/so…cker-compose.yml");
    }

    #[test]
    fn wrapping_keeps_every_word() {
        let text = "docker run --rm -it -p 4566:4566 -e LOCALSTACK_AUTH_TOKEN localstack/localstack-pro:4.14.0";
        for wanted in [20, 33, 60, 200] {
            let rows = wrap(text, wanted);
            assert!(rows.iter().all(|row| row.width() <= wanted));
            assert_eq!(rows.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }

    #[test]
    fn broken_rows_join_to_the_text() {
        let text = "ab🔑cd🔑ef";
        for wanted in 2..12 {
            let rows = hard_rows(text, wanted);
            assert!(rows.iter().all(|r| text[r.clone()].width() <= wanted));
            assert_eq!(rows.iter().map(|r| &text[r.clone()]).collect::<String>(), text);
        }
        assert_eq!(hard_rows("", 5), vec![0..0]);
        let line = "Reason: no credentials were found /in/a/very/long/path/without/a/space at all";
        for wanted in 4..90 {
            let rows = soft_rows(line, wanted);
            assert!(rows.iter().all(|r| line[r.clone()].width() <= wanted));
            assert_eq!(rows.iter().map(|r| &line[r.clone()]).collect::<String>(), line);
        }
        assert_eq!(&line[soft_rows(line, 20)[0].clone()], "Reason: no ");
    }

    #[test]
    fn times_read_well() {
        let words: Vec<_> = [0.2, 9.9, 10.0, 999.4, 1_234.0, 61_000.0].into_iter().map(took).collect();
        assert_eq!(words, ["<10 ms", "<10 ms", "10 ms", "999 ms", "1.2 s", "1 m"]);
        let spans: Vec<_> = [-3, 59, 60, 3_600, 4_000, 90_000, 2_000_000].into_iter().map(span).collect();
        assert_eq!(spans, ["0 s", "59 s", "1 m", "1 h", "1 h 6 m", "1 d 1 h", "23 d"]);
        let now = Timestamp::from_second(1_000).unwrap();
        let ages: Vec<_> =
            [1_005, 1_000, 941, 940, 820].map(|then| age(Timestamp::from_second(then).unwrap(), now)).into();
        assert_eq!(ages, ["now", "now", "now", "1 m", "3 m"]);
    }

    #[test]
    fn another_day_is_told_with_its_date() {
        let (then, now) = (Timestamp::from_second(0).unwrap(), Timestamp::from_second(90_000).unwrap());
        assert_eq!(moment(then, now, &TimeZone::UTC), "1970-01-01 00:00:00");
        assert_eq!(moment(then, then, &TimeZone::UTC), "00:00:00");
    }
}
