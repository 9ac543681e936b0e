//! The instance the verdict is about: what it answers, its container, ports, environment; and the other instances.
//! Values are masked where they were observed.

use ratatui::text::{Line, Span};

use super::license::missing;
use super::pieces::{Page, heading, span};
use crate::dashboard::keys::Action;
use crate::dashboard::model::Model;
use crate::dashboard::screen::Screen;
use crate::dashboard::text;
use crate::dashboard::theme::{Look, Role};
use crate::observations::{Answer, Container, Endpoint, Status};

/// The page. Its rows to be marked are the other instances.
pub(super) fn page(model: &Model, width: usize) -> Page {
    let (look, seen) = (&model.look, &model.observed);
    let mut page = Page::default();
    others(model, &mut page, width);
    let (now, kept) = (&seen.case.snapshot.endpoint, &seen.kept.endpoint);
    page.line(heading(look, "Endpoint", "", width));
    missing(model, &mut page, now, kept, width);
    if let Some(endpoint) = now.value().or(kept.value()) {
        endpoint_lines(model, &mut page, endpoint, width);
    }
    page.gap();
    page.line(heading(look, "Container", "", width));
    let (now, kept) = (&seen.case.snapshot.instances, &seen.kept.instances);
    missing(model, &mut page, now, kept, width);
    let chosen = now.value().or(kept.value());
    match chosen.and_then(|instances| instances.chosen.as_ref()) {
        Some(container) => container_lines(model, &mut page, container, width),
        None if chosen.is_some() => page.line(span(look, Role::Quiet, "  No LocalStack container was found.")),
        None => {}
    }
    vanished(model, &mut page, width);
    page
}

/// Names of the other instances, in the order of their rows.
pub(crate) fn other_names(model: &Model) -> Vec<String> {
    model.observed.case.diagnosis.others.iter().map(|other| other.container.clone()).collect()
}

fn others(model: &Model, page: &mut Page, width: usize) {
    let look = &model.look;
    let diagnosis = &model.observed.case.diagnosis;
    if diagnosis.others.is_empty() {
        return;
    }
    let key = model.setup.keymap.key_of(Action::Choose, Screen::Instance, model.setup.replay);
    page.line(heading(look, "Instances", &format!("{key} shows the marked one"), width));
    let chosen = diagnosis.instance.container.clone().unwrap_or_else(|| "this one".to_owned());
    let chosen = text::pad(&chosen, 26, look.glyphs.ellipsis());
    page.line(vec![
        span(look, Role::Good, format!("  {} {chosen}", look.glyphs.good())),
        span(look, Role::Quiet, " shown here"),
    ]);
    let marked = model.pane().selected;
    for (i, other) in diagnosis.others.iter().enumerate() {
        let start = page.lines.len();
        let pointer = if i == marked { look.glyphs.pointer() } else { " " };
        let role = if i == marked { Role::Accent } else { Role::Text };
        let name = text::pad(&other.container, 26, look.glyphs.ellipsis());
        let room = width.saturating_sub(4 + 26 + 1 + 10 + 2);
        page.line(vec![
            span(look, role, format!("{pointer}   {name} ")),
            span(look, Role::Quiet, text::pad(&other.state, 10, look.glyphs.ellipsis())),
            span(look, Role::Text, format!(" {}", text::fit(&other.summary, room, look.glyphs.ellipsis()))),
        ]);
        page.items.push(start..page.lines.len());
    }
    page.gap();
}

fn endpoint_lines(model: &Model, page: &mut Page, endpoint: &Endpoint, width: usize) {
    let look = &model.look;
    page.fact(look, "address", span(look, Role::Text, format!("{} ({})", endpoint.url, endpoint.chosen_by)), width);
    page.fact(look, "answer", answer(look, &endpoint.answer), width);
    if let Some(info) = &endpoint.info {
        let (glyph, role, word) = match info.is_license_activated {
            Some(true) => (look.glyphs.good(), Role::Good, "true"),
            Some(false) => (look.glyphs.bad(), Role::Warn, "false"),
            None => (look.glyphs.unsure(), Role::Unsure, "not known"),
        };
        page.fact(look, "activated", span(look, role, format!("{glyph} is_license_activated: {word}")), width);
        page.fact(look, "version", span(look, Role::Text, info.version.clone()), width);
        page.fact(look, "edition", span(look, Role::Text, info.edition.clone()), width);
        if let Some(uptime) = info.uptime {
            let words = text::span(i64::try_from(uptime).unwrap_or(i64::MAX));
            page.fact(look, "uptime", span(look, Role::Text, words), width);
        }
        let machine = if info.is_docker == Some(false) {
            format!("{}, without a container", info.system)
        } else {
            info.system.clone()
        };
        page.fact(look, "system", span(look, Role::Text, machine), width);
        page.fact(look, "session", span(look, Role::Quiet, info.session_id.clone()), width);
    }
    if let Some(health) = &endpoint.health {
        let words = format!("{} listed, {} running", health.services, health.running);
        page.fact(look, "services", span(look, Role::Text, words), width);
        if !health.failing.is_empty() {
            page.fact(look, "in error", span(look, Role::Bad, health.failing.join(", ")), width);
        }
    }
}

fn answer(look: &Look, answer: &Answer) -> Span<'static> {
    let glyphs = &look.glyphs;
    let (glyph, role, words) = match answer {
        Answer::Unknown => (glyphs.unsure(), Role::Quiet, "not checked".to_owned()),
        Answer::LocalStack => (glyphs.good(), Role::Good, "LocalStack".to_owned()),
        Answer::LocalStackError { status } => (glyphs.bad(), Role::Bad, format!("LocalStack, with HTTP {status}")),
        Answer::OtherProgram { status, program: Some(program), .. } => {
            (glyphs.bad(), Role::Bad, format!("{program}, which is not LocalStack, HTTP {status}"))
        }
        Answer::OtherProgram { status, server, says, program: None } => {
            let server = if server.is_empty() { String::new() } else { format!(" ({server})") };
            (glyphs.bad(), Role::Bad, format!("another program{server}, HTTP {status}: {says}"))
        }
        Answer::NotHttp { says } => (glyphs.bad(), Role::Bad, format!("not HTTP: {says}")),
        Answer::Refused => (glyphs.bad(), Role::Bad, "connection refused: nothing is listening".to_owned()),
        Answer::Hung => (glyphs.bad(), Role::Bad, "accepts connections, does not respond".to_owned()),
        Answer::EmptyReply => {
            (glyphs.bad(), Role::Bad, "closes without a response: nothing listens behind the port".to_owned())
        }
        Answer::Unreachable { why } => (glyphs.bad(), Role::Bad, why.clone()),
    };
    span(look, role, format!("{glyph} {words}"))
}

fn container_lines(model: &Model, page: &mut Page, container: &Container, width: usize) {
    let look = &model.look;
    let plain = |text: String| span(look, Role::Text, text);
    let short: String = container.id.chars().take(12).collect();
    let name = if short.is_empty() { container.name.clone() } else { format!("{} ({short})", container.name) };
    page.fact(look, "name", plain(name), width);
    if let Some(image) = &container.image {
        page.fact(look, "image", plain(image.reference.clone()), width);
    }
    page.fact(look, "state", state(model, container), width);
    if !container.state.error.is_empty() {
        page.fact(look, "error", span(look, Role::Bad, container.state.error.clone()), width);
    }
    let started = container
        .state
        .started_at
        .map(|at| format!("{} ({})", text::moment(at, model.now, &model.setup.zone), text::ago(at, model.now)));
    if let Some(started) = started {
        page.fact(look, "started", plain(started), width);
    }
    let launch = &container.launch;
    let told = if launch.told_by.is_empty() { String::new() } else { format!(" ({})", launch.told_by) };
    page.fact(look, "started by", plain(format!("{}{told}", launch.method().name())), width);
    if let Some(project) = launch.compose().filter(|project| !project.config_files.is_empty()) {
        page.fact(look, "compose", plain(project.config_files.join(", ")), width);
    }
    let network = &container.network;
    let port = |p: &crate::observations::PublishedPort| format!("{}:{} to {}", p.host_ip, p.host, p.container);
    let ports: Vec<_> = network.ports.iter().map(port).collect();
    let ports = if ports.is_empty() { "none published".to_owned() } else { ports.join(", ") };
    page.fact(look, "ports", plain(ports), width);
    let lists = [
        ("network", vec![network.mode.clone()]),
        ("resolvers", network.dns.clone()),
        ("mounts", container.settings.mounts.clone()),
    ];
    for (name, list) in lists {
        if list.iter().any(|item| !item.is_empty()) {
            page.fact(look, name, plain(list.join(", ")), width);
        }
    }
    environment(look, page, container, width);
}

fn state(model: &Model, container: &Container) -> Span<'static> {
    let (look, state) = (&model.look, &container.state);
    let mut words = state.status.word().to_owned();
    if let (Some(code), false) = (state.exit_code, state.status == Status::Running) {
        words.push_str(&format!(" with code {code}"));
    }
    if let (Some(at), false) = (state.finished_at, state.status == Status::Running) {
        words.push_str(&format!(", {}", text::ago(at, model.now)));
    }
    if state.restarts > 0 {
        words.push_str(&format!(", restarted {} times", state.restarts));
    }
    if state.oom_killed {
        words.push_str(", out of memory");
    }
    if let Some(health) = &state.health {
        words.push_str(&format!(", {health}"));
    }
    let role = match state.status {
        Status::Running => Role::Good,
        Status::Exited | Status::Dead | Status::Restarting => Role::Bad,
        _ => Role::Warn,
    };
    let glyph = if role == Role::Good { look.glyphs.good() } else { look.glyphs.warn() };
    span(look, role, format!("{glyph} {words}"))
}

fn environment(look: &Look, page: &mut Page, container: &Container, width: usize) {
    if container.environment.is_empty() {
        return;
    }
    page.gap();
    page.line(heading(look, "Environment", "secrets are masked", width));
    for variable in &container.environment {
        let room = width.saturating_sub(4 + variable.name.chars().count());
        let value = text::fit(&variable.value.to_string(), room.max(8), look.glyphs.ellipsis());
        page.line(Line::from(vec![
            span(look, Role::Text, format!("  {}", variable.name)),
            span(look, Role::Quiet, "="),
            span(look, Role::Accent, value),
        ]));
    }
}

fn vanished(model: &Model, page: &mut Page, width: usize) {
    let look = &model.look;
    let Some(instances) = model.observed.case.snapshot.instances.value() else { return };
    if instances.vanished.is_empty() {
        return;
    }
    page.gap();
    page.line(heading(look, "Gone", "found in Docker's recent events", width));
    for gone in &instances.vanished {
        let code = gone.exit_code.map(|code| format!(" with code {code}")).unwrap_or_default();
        let when = gone.at.map(|at| format!(", {}", text::ago(at, model.now))).unwrap_or_default();
        page.prose(look, Role::Text, 2, &format!("{} ({}) ended{code}{when}", gone.name, gone.image), width);
    }
}
