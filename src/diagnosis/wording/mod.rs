//! Fills the catalogue's sentences: placeholders become what was seen. Which sentence is told is the catalogue's choice.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::answer::{Evidence, Remedy};
use super::catalogue::Catalogue;
use super::catalogue::RemedyTemplate;
use super::facts::way;
use super::facts::{Signal, View};
use crate::observations::{
    CredentialKind, DEFAULT_ENDPOINT, HttpBody, Image, LaunchMethod, Launcher, LicenseFile, Place, ProbeId, TokenShape,
    Viewpoint, Workload,
};

/// So many remedies are told.
const MOST_REMEDIES: usize = 6;

/// What stands in for a placeholder in a command when nothing better is known.
const DEFAULTS: [(&str, &str); 11] = [
    ("container", "localstack-main"),
    ("service", "localstack"),
    ("image", "localstack/localstack-pro"),
    ("endpoint", DEFAULT_ENDPOINT),
    ("port", "4566"),
    ("license_host", "api.localstack.cloud"),
    ("api", "https://api.localstack.cloud/v1"),
    ("compose_file", "compose.yaml"),
    ("cache_path", "/var/lib/localstack/cache/license.json"),
    ("version", "latest"),
    ("workload", "deployment/localstack"),
];

/// Parts of commands, whose words are quoted where they are put together.
const QUOTED: [&str; 2] = ["compose_files", "workload"];

/// The values of a case's placeholders.
#[derive(Debug, Default)]
pub(crate) struct Words<'a> {
    values: BTreeMap<String, String>,
    /// Lines, and the patterns that take words out of them: asked when a sentence needs one.
    said: Option<(&'a Catalogue, &'a [Evidence])>,
}

impl<'a> Words<'a> {
    /// Collects every value that the snapshot and the evidence give.
    pub(crate) fn new(view: &View<'a>, evidence: &'a [Evidence]) -> Self {
        let mut words = Self { said: Some((view.catalogue, evidence)), ..Self::default() };
        words.of_instance(view);
        words.of_credentials(view);
        words.of_network(view);
        words.of_cache(view, evidence);
        words.of_compose(view);
        if let Some(first) = evidence.first() {
            words.put("failing_line", first.text.chars().take(200).collect::<String>());
        }
        words
    }

    /// A value: what a line says goes before what was seen elsewhere.
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let capture = |(catalogue, evidence): (&Catalogue, &'a [Evidence])| {
            evidence.iter().find_map(|e| catalogue.capture(name, &e.text)).filter(|value| !value.is_empty())
        };
        let seen = || self.values.get(name).map(|value| Cow::Borrowed(value.as_str()));
        self.said.and_then(capture).map(Cow::Owned).or_else(seen)
    }

    fn put(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.values.insert(name.to_owned(), value);
        }
    }

    fn of_instance(&mut self, view: &View<'_>) {
        let target = &view.snapshot.target;
        self.put("license_host", target.license_host.clone());
        self.put("api", target.api_endpoint.clone());
        if let Some(ci) = &target.machine.ci {
            self.put("ci", ci.name.clone());
        }
        if let Some(version) = view.version() {
            self.put("version", version.to_string());
        }
        // A file that was given is no place to ask.
        let asked = view.snapshot.endpoint.value().map(|endpoint| &endpoint.url);
        if let Some(url) = asked.or(target.endpoint.as_ref()).filter(|url| url.starts_with("http")) {
            self.put("endpoint", url.clone());
            self.put("port", url.rsplit(':').next().filter(|p| p.parse::<u16>().is_ok()).unwrap_or("4566"));
        }
        if let Some(error) = view.snapshot.engine.error() {
            self.put("engine_error", error.detail.split(';').next().unwrap_or_default());
        }
        if let Some(e) = Signal::EndpointOther.evidence(view) {
            self.put("other_program", e.text);
        }
        let Some(container) = view.snapshot.container() else { return };
        self.put("container", container.name.clone());
        self.put("image", container.image.as_ref().map(|i: &Image| i.reference.clone()).unwrap_or_default());
        self.put("state", container.state.status.word());
        self.put("restarts", container.state.restarts.to_string());
        if let Some(code) = container.state.exit_code {
            self.put("exit_code", code.to_string());
        }
        if let Some(started) = container.state.started_at {
            self.put("uptime", span(view.now.duration_since(started).as_secs()));
        }
        if let Some(ended) = container.state.finished_at {
            self.put("ended", moment(ended));
        }
        match &container.launch.by {
            Launcher::Compose(project) => {
                self.put("service", project.service.clone().unwrap_or_default());
                self.put("compose_file", project.config_files.first().cloned().unwrap_or_default());
            }
            Launcher::Kubernetes(Workload { namespace, workload: Some(workload) }) => {
                let within = namespace.iter().map(|n| format!(" -n {}", for_shell(n))).collect::<String>();
                self.put("workload", format!("{}{within}", for_shell(workload)));
            }
            _ => {}
        }
    }

    fn of_credentials(&mut self, view: &View<'_>) {
        let Some(seen) = view.snapshot.credentials.value() else { return };
        if let Some(host) = seen.on_host() {
            self.put("host_place", in_prose(&host.place));
            self.put("host_masked", host.masked.clone());
            self.put("host_flaw", host.shape.flaws().first().map_or("", |flaw| flaw.words()));
        }
        let used = CredentialKind::ALL.into_iter().find_map(|kind| seen.in_process(kind));
        if let Some(used) = used {
            self.put("process_masked", used.masked.clone());
            self.put("process_variable", used.kind.variable());
            if used.kind == CredentialKind::Override {
                self.put("override_masked", used.masked.clone());
            }
            self.put("process_place", in_prose(&used.place));
            if let Some(flaw) = used.shape.flaws().first() {
                self.put("flaw", flaw.words());
            } else if used.shape == TokenShape::Blank {
                self.put("flaw", "has only white space or quotes in it");
            }
        }
        if let Some(miss) = seen.near_misses.first() {
            self.put("near_miss", miss.name.clone());
            self.put("near_miss_meant", miss.meant.clone());
        }
    }

    /// As LocalStack's own way tells; what keeps it from the server begins with from where that was seen.
    fn of_network(&mut self, view: &View<'_>) {
        let (ladder, from) = way(view);
        let seen = match from {
            Viewpoint::Host => "seen from this machine",
            Viewpoint::Container => "as the container is set up",
        };
        let alone = Signal::ContainerAlone.evidence(view).map_or("", |_| "; this machine itself reaches the server");
        let faults = [
            ("dns_fault", Signal::DnsFailed.evidence(view).or_else(|| Signal::DnsSinkhole.evidence(view))),
            ("tcp_fault", Signal::TcpFailed.evidence(view)),
            ("tls_fault", Signal::TlsFailed.evidence(view)),
            ("https_fault", Signal::HttpsFailed.evidence(view)),
            ("proxy_fault", Signal::ProxyFailed.evidence(view)),
        ];
        for (name, fault) in faults {
            self.put(name, fault.map(|e| format!("{seen}, {}{alone}", e.text)).unwrap_or_default());
        }
        let facts = [
            ("reachable", Signal::ServerReachable),
            ("server_error_now", Signal::ServerFails),
            ("resolver_says", Signal::DnsDisagree),
            ("private_address", Signal::DnsPrivate),
            ("hosts_entry", Signal::HostsEntry),
            ("ipv6_fault", Signal::Ipv6Broken),
            ("lax_ca", Signal::TlsLaxCa),
            ("bundle_fault", Signal::TlsBundleUnusable),
            ("socks_proxy", Signal::ProxySocks),
            ("system_only", Signal::DnsSystemOnly),
            ("other_host", Signal::OtherHostFails),
            ("host_fault", Signal::HostAlone),
        ];
        for (name, signal) in facts {
            self.put(name, signal.evidence(view).map(|e| e.text).unwrap_or_default());
        }
        if let Some(tls) = ladder.tls.value() {
            self.put("issuer", tls.chain.first().map(|leaf| leaf.issuer.clone()).unwrap_or_default());
            if let Some(product) = view.catalogue.interceptor(&tls.issuers()) {
                self.put("product", product.name.clone());
                self.put("advice", product.advice.clone());
            }
        }
        if let Some(https) = ladder.https.value() {
            self.put("http_status", https.status.to_string());
            match &https.body {
                HttpBody::Html { title } => self.put("page_title", title.clone()),
                HttpBody::Redirect { to_host } => self.put("portal_host", to_host.clone()),
                _ => {}
            }
        }
        // The container's proxy is told before this machine's.
        for from in Viewpoint::ALL {
            let Some(proxy) = view.snapshot.path(from).proxy.value() else { continue };
            if let Some(used) = &proxy.used {
                self.put("proxy", used.url.clone());
                self.put("proxy_variable", used.variable.clone());
            }
        }
        if Signal::ProxyOnHostOnly.evidence(view).is_some()
            && let Some(proxy) = self.values.get("proxy").cloned()
        {
            self.put("host_only_proxy", proxy);
        }
        if Signal::NoProxySwallows.evidence(view).is_some() {
            let entry = Viewpoint::ALL
                .into_iter()
                .rev()
                .find_map(|from| Some(view.snapshot.path(from).proxy.value()?.bypassed_by.as_ref()?.entry.clone()));
            self.put("no_proxy_entry", entry.unwrap_or_default());
        }
    }

    /// Of the file that the evidence is about; else of the one that is read first.
    fn of_cache(&mut self, view: &View<'_>, evidence: &[Evidence]) {
        let Some(files) = view.snapshot.cache.value() else { return };
        let named = |e: &Evidence| files.iter().find(|f| e.check == ProbeId::Cache && f.path == e.source);
        let Some(file) = evidence.iter().find_map(named).or_else(|| files.first()) else { return };
        self.put("cache_path", file.path.clone());
        let LicenseFile::License(license) = &file.content else { return };
        self.put("plan", license.plan.clone());
        if let Some(expires) = license.expires {
            let day = expires.strftime("%Y-%m-%d").to_string();
            self.put("cache_expired_on", if expires < view.now { day.as_str() } else { "" });
            self.put("cache_expiry", day);
        }
    }

    /// What the container itself tells comes first.
    fn of_compose(&mut self, view: &View<'_>) {
        let Some(file) = view.snapshot.compose.value() else { return };
        let path = file.paths.first().cloned().unwrap_or_default();
        if !self.values.contains_key("compose_file") {
            self.put("compose_file", path);
        }
        self.put(
            "compose_files",
            file.files.iter().map(|f| format!("-f {}", for_shell(f))).collect::<Vec<_>>().join(" "),
        );
        self.put("compose_unset", file.faults.iter().find_map(|f| f.required.clone()).unwrap_or_default());
        let Some(service) = &file.service else { return };
        self.put("compose_service", service.name.clone());
        self.put("compose_image", service.image.clone().unwrap_or_default());
        if !self.values.contains_key("service") {
            self.put("service", service.name.clone());
        }
        for mend in &service.mends {
            self.put(&format!("mend_{}", mend.of.name()), mend.diff.clone());
            self.put(&format!("mend_{}_at", mend.of.name()), mend.at.to_string());
        }
    }

    /// The first sentence whose placeholders are all known; the last one as it is when there is none.
    pub(crate) fn sentence(&self, sentences: &[String]) -> String {
        sentences
            .iter()
            .find_map(|s| self.fill(s, false))
            .or_else(|| sentences.last().and_then(|s| self.fill(s, true)))
            .or_else(|| sentences.last().cloned())
            .unwrap_or_default()
    }

    /// Fills a template; `None` when a placeholder is not known and has no default.
    pub(crate) fn fill(&self, template: &str, defaults: bool) -> Option<String> {
        self.fill_with(template, defaults, false)
    }

    /// The same; what goes into a line to type is one word of the shell, whatever it says.
    fn fill_with(&self, template: &str, defaults: bool, typed: bool) -> Option<String> {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let (before, tail) = rest.split_at(open);
            out.push_str(before);
            let name = tail.get(1..).and_then(|t| t.split_once('}')).map(|(n, _)| n).filter(|n| is_name(n));
            // `${VARIABLE}` and `{{ }}` are the shell's and Go's.
            let literal = out.ends_with(['$', '{']);
            match name {
                Some(name) if !literal => {
                    let default = || DEFAULTS.iter().find(|(n, _)| defaults && *n == name).map(|(_, v)| (*v).into());
                    let value = self.value(name).or_else(default)?;
                    let quotes = typed && !QUOTED.contains(&name);
                    out.push_str(&if quotes { for_shell(&value).into() } else { value });
                    rest = tail.get(name.len() + 2..).unwrap_or_default();
                }
                _ => {
                    out.push('{');
                    rest = tail.get(1..).unwrap_or_default();
                }
            }
        }
        out.push_str(rest);
        Some(out)
    }

    /// The remedies that fit this case, in the catalogue's order.
    pub(crate) fn remedies(&self, view: &View<'_>, templates: &[RemedyTemplate]) -> Vec<Remedy> {
        let method = launch(view);
        let in_ci = view.snapshot.target.machine.ci.is_some();
        let fits = |t: &&RemedyTemplate| {
            let launched = t.launch.is_empty()
                || t.launch.contains(&method)
                || (in_ci && method == LaunchMethod::Unknown && t.launch.contains(&LaunchMethod::Ci));
            let version = match (&t.versions, view.version()) {
                (Some(range), Some(version)) => version.within(range),
                _ => true,
            };
            launched
                && version
                && t.with.as_ref().is_none_or(|name| self.value(name).is_some())
                && t.without.as_ref().is_none_or(|name| self.value(name).is_none())
                && t.facts.iter().all(|s| s.evidence(view).is_some())
                && t.no.iter().all(|s| s.evidence(view).is_none())
        };
        templates.iter().filter(fits).filter_map(|t| self.remedy(view, t)).take(MOST_REMEDIES).collect()
    }

    fn remedy(&self, view: &View<'_>, template: &RemedyTemplate) -> Option<Remedy> {
        let mut remedy = self.filled(template)?;
        if let (Some(range), None) = (&template.versions, view.version()) {
            remedy.text = format!("For LocalStack {range}: {}", remedy.text);
        }
        Some(remedy)
    }

    /// The remedy with every placeholder filled; `None` when one is not known and has no default.
    fn filled(&self, template: &RemedyTemplate) -> Option<Remedy> {
        let fill = |part: &Option<String>, typed: bool| match part {
            Some(part) => self.fill_with(part, true, typed).map(Some),
            None => Some(None),
        };
        Some(Remedy {
            text: self.fill(&template.text, true)?,
            // What goes into a file is no line to type.
            command: fill(&template.command, template.file.is_none())?,
            file: fill(&template.file, false)?,
            url: fill(&template.url, false)?,
        })
    }
}

/// A value as one word of a shell.
fn for_shell(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}

/// A place as it stands in a sentence.
fn in_prose(place: &Place) -> String {
    let words = place.to_string();
    if words.starts_with("this") { words } else { format!("the {words}") }
}

impl RemedyTemplate {
    /// The remedy without a case: defaults for what is not known; `None` where only a case can fill it.
    pub fn general(&self) -> Option<Remedy> {
        Words::default().filled(self)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
}

/// How the instance was started.
pub(crate) fn launch(view: &View<'_>) -> LaunchMethod {
    match view.snapshot.container() {
        Some(container) => container.launch.method(),
        None if Signal::EndpointAnswers.evidence(view).is_some() && !view.snapshot.target.from_files => {
            LaunchMethod::HostProcess
        }
        None => LaunchMethod::Unknown,
    }
}

/// A span of seconds in one or two units.
pub fn span(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..=119 => format!("{s} s"),
        120..=7199 => format!("{} min", s / 60),
        7200..=172_799 => format!("{} h", s / 3600),
        _ => format!("{} days", s / 86_400),
    }
}

/// A time as people read it, in UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests;
