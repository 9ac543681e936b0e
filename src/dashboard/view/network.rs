//! The network path to the license server: each step from both viewpoints, each resolver's answer, the certificate chain.
//! The diagnosis says which step fails.

use ratatui::text::Span;

use super::pieces::{Page, heading, span};
use super::steps;
use super::steps::Step;
use crate::dashboard::model::Model;
use crate::dashboard::text;
use crate::dashboard::theme::Role;
use crate::diagnosis::CheckStatus;
use crate::observations::{
    Certificate, ConnectionPath, Dns, RecordAnswer, SystemAnswer, Target, Tls, Trust, Viewpoint,
};

/// Columns of a step's name.
const NAME: usize = 8;
/// Columns of a time.
const TOOK: usize = 8;
/// Columns of a resolver's address.
const SERVER: usize = 20;
/// Columns of where a resolver is configured.
const SOURCE: usize = 30;
/// From this width on that stands beside the answer.
const SOURCE_BESIDE: usize = 110;

/// The page.
pub(super) fn page(model: &Model, width: usize) -> Page {
    let (look, snapshot) = (&model.look, &model.observed.case.snapshot);
    let host = &snapshot.target.license_host;
    let title = if host.is_empty() {
        "Network path to the license server".to_owned()
    } else {
        format!("Network path to {host}")
    };
    let mut page = Page::default();
    page.line(heading(look, &title, "", width));
    if [&snapshot.host, &snapshot.inside].into_iter().all(is_unasked) {
        page.gap();
        page.prose(look, Role::Quiet, 2, unasked(&snapshot.target), width);
        return page;
    }
    ladder(model, &mut page, width);
    times(model, &mut page, width);
    resolvers(model, &mut page, width);
    for from in Viewpoint::ALL {
        chain(model, &mut page, from, width);
    }
    answers(model, &mut page, width);
    page
}

fn is_unasked(ladder: &ConnectionPath) -> bool {
    *ladder == ConnectionPath::default()
}

/// Why nothing is known of the network.
const fn unasked(target: &Target) -> &'static str {
    match target {
        Target { offline: true, .. } => "Not checked: `--offline` allows no request beyond this machine.",
        Target { from_files: true, .. } => "Not checked: only files were read.",
        _ => "Not checked: these checks were not selected.",
    }
}

/// Both viewpoints side by side.
fn ladder(model: &Model, page: &mut Page, width: usize) {
    let (look, snapshot) = (&model.look, &model.observed.case.snapshot);
    let column = width.saturating_sub(NAME + 4) / 2;
    let ellipsis = look.glyphs.ellipsis();
    let cell = |words: &str| text::pad(words, column, ellipsis);
    page.line(vec![
        Span::raw(" ".repeat(NAME + 2)),
        span(look, Role::Quiet, cell("from this machine")),
        Span::raw("  "),
        span(look, Role::Quiet, cell("from the container (simulated)")),
    ]);
    let (host, inside) = (steps::of(&snapshot.host), steps::of(&snapshot.inside));
    for (here, there) in host.iter().zip(&inside) {
        let (left, right) = (step_rows(model, here, column), step_rows(model, there, column));
        let empty = || vec![Span::raw(" ".repeat(column))];
        for i in 0..left.len().max(right.len()) {
            let name = if i == 0 { here.name } else { "" };
            let mut line = vec![span(look, Role::Quiet, format!("  {}", text::pad(name, NAME, "")))];
            line.extend(left.get(i).cloned().unwrap_or_else(empty));
            line.push(Span::raw("  "));
            line.extend(right.get(i).cloned().unwrap_or_else(empty));
            page.line(line);
        }
    }
}

/// One step in a column: its mark and words, wrapped, and the time it took in the first row.
fn step_rows(model: &Model, step: &Step, column: usize) -> Vec<Vec<Span<'static>>> {
    let look = &model.look;
    let (glyph, role) = step.mark(look);
    let took = step.took_ms.map(text::took).unwrap_or_default();
    let room = column.saturating_sub(2 + TOOK).max(1);
    let words_role = if step.status == CheckStatus::Skip { Role::Quiet } else { Role::Text };
    let rows = text::wrap(&step.says, room);
    let rows = rows.into_iter().enumerate().map(|(i, row)| {
        let (glyph, took) = if i == 0 { (glyph, took.as_str()) } else { (" ", "") };
        vec![
            span(look, role, format!("{glyph} ")),
            span(look, words_role, text::pad(&row, room, "")),
            span(look, Role::Quiet, text::pad_left(took, TOOK, "")),
        ]
    });
    rows.collect()
}

/// The time that name resolution and HTTPS took, as sparklines.
fn times(model: &Model, page: &mut Page, width: usize) {
    let look = &model.look;
    let rows = [("dns", &model.observed.times.dns), ("https", &model.observed.times.https)];
    if rows.iter().all(|(_, times)| times.len() < 2) {
        return;
    }
    page.gap();
    page.line(heading(look, "Times", "latest at the right", width));
    for (name, times) in rows {
        let room = width.saturating_sub(NAME + 34).max(8);
        let shown: Vec<f64> = times.iter().skip(times.len().saturating_sub(room)).copied().collect();
        let most = shown.iter().copied().fold(0.0, f64::max);
        let least = shown.iter().copied().fold(f64::MAX, f64::min);
        let levels = look.glyphs.levels();
        let level = |ms: &f64| {
            let part = if most > 0.0 { ms / most } else { 0.0 };
            levels.get((part * 7.0).round() as usize).copied().unwrap_or(" ")
        };
        let line: String = shown.iter().map(level).collect();
        let last = shown.last().map(|ms| text::took(*ms)).unwrap_or_default();
        // Times that are all alike have no range worth a word.
        let (least, most) = (text::took(least), text::took(most));
        let range = if shown.is_empty() || least == most { String::new() } else { format!("{least} to {most}") };
        page.line(vec![
            span(look, Role::Quiet, format!("  {}", text::pad(name, NAME, ""))),
            span(look, Role::Accent, text::pad(&line, room.min(shown.len().max(1)), "")),
            span(look, Role::Text, format!("  {last}")),
            span(look, Role::Quiet, format!("  {range}")),
        ]);
    }
}

/// Every resolver's answer, in dig's words.
fn resolvers(model: &Model, page: &mut Page, width: usize) {
    let (look, snapshot) = (&model.look, &model.observed.case.snapshot);
    let views: Vec<_> = Viewpoint::ALL.into_iter().filter_map(|v| Some((v, snapshot.path(v).dns.value()?))).collect();
    if views.is_empty() {
        return;
    }
    page.gap();
    let name = views.first().map_or("", |(_, dns)| dns.name.as_str());
    page.line(heading(look, &format!("DNS servers, asked for {name}"), "", width));
    let host = snapshot.host.dns.value();
    for (from, dns) in views {
        page.line(span(look, Role::Quiet, format!("  {}", viewpoint(from))));
        if from == Viewpoint::Container && host.is_some_and(|host| same_answers(host, dns)) {
            page.line(span(look, Role::Quiet, "    gives the same answers"));
        } else {
            dns_lines(model, page, dns, width);
        }
    }
}

/// Whether both viewpoints got the same answers, whatever time they took.
fn same_answers(one: &Dns, other: &Dns) -> bool {
    let answers =
        |dns: &Dns| dns.resolvers.iter().map(|r| (r.server.clone(), r.a.clone(), r.aaaa.clone())).collect::<Vec<_>>();
    answers(one) == answers(other) && one.hosts_file == other.hosts_file && one.isolated == other.isolated
}

const fn viewpoint(from: Viewpoint) -> &'static str {
    match from {
        Viewpoint::Host => "from this machine",
        Viewpoint::Container => "from the container (simulated: its DNS servers, asked from this machine)",
    }
}

fn dns_lines(model: &Model, page: &mut Page, dns: &Dns, width: usize) {
    let look = &model.look;
    let ellipsis = look.glyphs.ellipsis();
    if dns.isolated {
        page.line(span(look, Role::Warn, "    the container has no network"));
    }
    if let Some(error) = &dns.config_error {
        page.prose(look, Role::Warn, 4, error, width);
    }
    for answer in &dns.resolvers {
        let good = !answer.addresses().is_empty();
        let (glyph, role) = if good { (look.glyphs.good(), Role::Good) } else { (look.glyphs.bad(), Role::Bad) };
        let says = format!("A {}   AAAA {}", record(&answer.a), record(&answer.aaaa));
        let took = text::took(answer.took_ms);
        let beside = width >= SOURCE_BESIDE;
        let room = width.saturating_sub(4 + 2 + SERVER + 10 + if beside { SOURCE } else { 0 });
        let mut line = vec![
            span(look, role, format!("    {glyph} ")),
            span(look, Role::Text, text::pad(&answer.server, SERVER, ellipsis)),
            span(look, Role::Text, format!(" {}", text::pad(&says, room, ellipsis))),
            span(look, Role::Quiet, text::pad_left(&took, TOOK, ellipsis)),
        ];
        if beside {
            line.push(span(look, Role::Quiet, format!("  {}", text::fit(&answer.source, SOURCE - 2, ellipsis))));
        }
        page.line(line);
        if !beside {
            page.prose(look, Role::Quiet, 6, &answer.source, width);
        }
    }
    match &dns.system {
        Some(SystemAnswer::Addresses { addresses, took_ms }) => {
            let list = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let words = format!("the system resolves it to {list} ({})", text::took(*took_ms));
            page.prose(look, Role::Text, 6, &words, width);
        }
        Some(SystemAnswer::Failed { error, took_ms }) => {
            let words = format!("the system cannot resolve it: {error} ({})", text::took(*took_ms));
            page.prose(look, Role::Bad, 6, &words, width);
        }
        None => {}
    }
    if !dns.hosts_file.is_empty() {
        let list = dns.hosts_file.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        page.prose(look, Role::Warn, 6, &format!("the hosts file sets it to {list}"), width);
    }
}

fn record(answer: &RecordAnswer) -> String {
    match answer.addresses.as_slice() {
        [] => answer.status.word().to_owned(),
        [one] => format!("{} {one}", answer.status.word()),
        [one, rest @ ..] => format!("{} {one} +{}", answer.status.word(), rest.len()),
    }
}

/// The chain that was presented, and who trusts it.
fn chain(model: &Model, page: &mut Page, from: Viewpoint, width: usize) {
    let look = &model.look;
    let snapshot = &model.observed.case.snapshot;
    let Some(tls) = snapshot.path(from).tls.value() else { return };
    let same = from == Viewpoint::Container && snapshot.host.tls.value() == Some(tls);
    if same {
        page.line(span(look, Role::Quiet, "  from the container (simulated): the same"));
        return;
    }
    page.gap();
    let title = match from {
        Viewpoint::Host => "Certificate",
        Viewpoint::Container => "Certificate, from the container (simulated)",
    };
    page.line(heading(look, title, tls.version.as_deref().unwrap_or_default(), width));
    for (i, certificate) in tls.chain.iter().enumerate() {
        certificate_lines(model, page, certificate, i, width);
    }
    if let Some(fault) = &tls.fault {
        page.fact(look, "handshake", span(look, Role::Bad, fault.words().to_owned()), width);
    }
    trusts(model, page, tls, width);
}

fn certificate_lines(model: &Model, page: &mut Page, certificate: &Certificate, depth: usize, width: usize) {
    let look = &model.look;
    let indent = 2 + 2 * depth.min(6);
    let organization = certificate.issuer_organization.as_ref().filter(|o| !certificate.issuer.contains(*o));
    let organization = organization.map(|o| format!(" ({o})")).unwrap_or_default();
    let issuer = if certificate.self_issued {
        "by itself".to_owned()
    } else {
        format!("by {}{organization}", certificate.issuer)
    };
    let zone = &model.setup.zone;
    let from = certificate.not_before.map(|at| format!("{} ", text::date(at, zone))).unwrap_or_default();
    let until = certificate.not_after.map(|at| {
        let left = at.duration_since(model.now).as_secs();
        let date = text::date(at, zone);
        if left < 0 { format!("expired {date}") } else { format!("{from}to {date} ({} left)", text::span(left)) }
    });
    page.prose(look, Role::Text, indent, &certificate.subject, width);
    let words = [Some(format!("issued {issuer}")), until].into_iter().flatten().collect::<Vec<_>>().join(", ");
    page.prose(look, Role::Quiet, indent + 2, &words, width);
}

fn trusts(model: &Model, page: &mut Page, tls: &Tls, width: usize) {
    let look = &model.look;
    let mut rows = vec![("this system", trust(&tls.system)), ("LocalStack", trust(&tls.mozilla))];
    let bundle = tls.bundle.as_ref();
    let verdict = bundle.map(|b| match &b.verdict {
        Ok(verdict) => trust(verdict),
        Err(why) => Some((false, format!("cannot be used: {why}"))),
    });
    rows.push((bundle.map_or("", |b| b.variable.as_str()), verdict.flatten()));
    for (name, verdict) in rows {
        let Some((good, words)) = verdict else { continue };
        let (glyph, role) = if good { (look.glyphs.good(), Role::Good) } else { (look.glyphs.bad(), Role::Bad) };
        page.fact(look, name, span(look, role, format!("{glyph} {words}")), width);
    }
}

fn trust(trust: &Trust) -> Option<(bool, String)> {
    match trust {
        Trust::NotChecked => None,
        Trust::Trusted => Some((true, "trusts it".to_owned())),
        Trust::Untrusted { fault } => Some((false, format!("does not trust it: {}", fault.words()))),
    }
}

/// HTTP answers and proxy settings.
fn answers(model: &Model, page: &mut Page, width: usize) {
    let (look, snapshot) = (&model.look, &model.observed.case.snapshot);
    for from in Viewpoint::ALL {
        let ConnectionPath { https, proxy, .. } = snapshot.path(from);
        let variables = proxy.value().map(|proxy| proxy.variables.as_slice()).unwrap_or_default();
        let answer = https.value();
        let same = from == Viewpoint::Container
            && answer == snapshot.host.https.value()
            && proxy.value() == snapshot.host.proxy.value();
        if same || (answer.is_none() && variables.is_empty()) {
            continue;
        }
        page.gap();
        let title = match from {
            Viewpoint::Host => "Answer and proxy",
            Viewpoint::Container => "Answer and proxy, from the container (simulated)",
        };
        page.line(heading(look, title, "", width));
        if let Some(answer) = answer {
            page.fact(look, "asked", span(look, Role::Text, answer.url.clone()), width);
            page.fact(look, "answer", span(look, Role::Text, steps::answer_words(answer)), width);
            if !answer.excerpt.is_empty() {
                page.fact(
                    look,
                    "begins",
                    span(look, Role::Quiet, text::fit(&answer.excerpt, 200, look.glyphs.ellipsis())),
                    width,
                );
            }
        }
        for variable in variables {
            let words = format!("{}={}", variable.name, variable.value);
            page.fact(look, "proxy", span(look, Role::Text, words), width);
        }
        if let Some(bypass) = proxy.value().and_then(|proxy| proxy.bypassed_by.as_ref()) {
            let words = format!(
                "{} contains `{}`: requests to the license server bypass the proxy",
                bypass.variable, bypass.entry
            );
            page.fact(look, "", span(look, Role::Warn, words), width);
        }
    }
}
