//! Values: collects what a case has for each placeholder, part by part of the snapshot.

use super::placeholders::{Placeholders, for_shell};
use crate::diagnosis::answer::Evidence;
use crate::diagnosis::facts::{Fact, FactContext, effective_path};
use crate::diagnosis::launch::{ci, hints};
use crate::diagnosis::spans::{moment, span};
use crate::observations::{
    CredentialKind, HttpBody, Image, Launcher, LicenseFile, Place, ProbeId, TokenShape, Viewpoint, Workload,
};

/// So many characters of the failing line are quoted in a sentence.
const LONGEST_QUOTE: usize = 200;

/// Collects every value that the snapshot and the evidence give.
pub(crate) fn placeholders<'a>(cx: &FactContext<'a>, evidence: &'a [Evidence]) -> Placeholders<'a> {
    let mut found = Placeholders::of(cx.lexicon, evidence);
    found.of_instance(cx);
    found.of_credentials(cx);
    found.of_network(cx);
    found.of_cache(cx, evidence);
    found.of_compose(cx);
    if let Some(first) = evidence.first() {
        found.put("failing_line", first.text.chars().take(LONGEST_QUOTE).collect::<String>());
    }
    found
}

impl Placeholders<'_> {
    fn of_instance(&mut self, cx: &FactContext<'_>) {
        let target = &cx.snapshot.target;
        self.put("license_host", target.license_host.clone());
        self.put("api", target.api_endpoint.clone());
        self.put("ci", ci(cx).unwrap_or_default());
        if let Some(hints) = hints(cx) {
            self.put("container", hints.container.clone().unwrap_or_default());
            self.put("service", hints.service.clone().unwrap_or_default());
            if let Some(workload) = &hints.workload {
                self.put("workload", workload_argument(workload, hints.namespace.as_deref()));
            }
        }
        if let Some(version) = cx.version() {
            self.put("version", version.to_string());
        }
        // A file that was given is no place to ask.
        let asked = cx.snapshot.endpoint.value().map(|endpoint| &endpoint.url);
        if let Some(url) = asked.or(target.endpoint.as_ref()).filter(|url| url.starts_with("http")) {
            self.put("endpoint", url.clone());
            self.put("port", url.rsplit(':').next().filter(|p| p.parse::<u16>().is_ok()).unwrap_or("4566"));
        }
        if let Some(error) = cx.snapshot.engine.error() {
            self.put("engine_error", error.detail.split(';').next().unwrap_or_default());
        }
        if let Some(e) = Fact::EndpointOther.evidence(cx) {
            self.put("other_program", e.text);
        }
        if let Some(e) = Fact::EndpointLookalike.evidence(cx) {
            self.put("lookalike", e.text);
        }
        let Some(container) = cx.snapshot.container() else { return };
        self.put("container", container.name.clone());
        self.put("image", container.image.as_ref().map(|i: &Image| i.reference.clone()).unwrap_or_default());
        self.put("state", container.state.status.word());
        if container.state.restarts > 0 {
            self.put("restarts", container.state.restarts.to_string());
        }
        if let Some(code) = container.state.exit_code {
            self.put("exit_code", code.to_string());
        }
        // A file may be of any age: how long it is up can be told from what the instance said alone.
        let said = cx.snapshot.endpoint.value().and_then(|e| e.info.as_ref()?.uptime);
        let said = said.and_then(|seconds| i64::try_from(seconds).ok());
        let since = container.state.started_at.map(|started| cx.now.duration_since(started).as_secs());
        if let Some(seconds) = if cx.snapshot.target.from_files { said } else { since } {
            self.put("uptime", span(seconds));
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
                self.put("workload", workload_argument(workload, namespace.as_deref()));
            }
            _ => {}
        }
    }

    fn of_credentials(&mut self, cx: &FactContext<'_>) {
        let Some(seen) = cx.snapshot.credentials.value() else { return };
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
                self.put("flaw", "contains only spaces or quotes");
            }
        }
        if let Some(miss) = seen.near_misses.first() {
            self.put("near_miss", miss.name.clone());
            self.put("near_miss_meant", miss.meant.clone());
        }
    }

    /// Values of the network path that LocalStack uses; each fault begins with the viewpoint it was seen from.
    fn of_network(&mut self, cx: &FactContext<'_>) {
        let (ladder, from) = effective_path(cx);
        let seen = match from {
            Viewpoint::Host => "from this machine",
            Viewpoint::Container => "from the container (simulated)",
        };
        let alone = Fact::ContainerAlone.evidence(cx).map_or("", |_| "; this machine reaches the server");
        let faults = [
            ("dns_fault", Fact::DnsFailed.evidence(cx).or_else(|| Fact::DnsSinkhole.evidence(cx))),
            ("tcp_fault", Fact::TcpFailed.evidence(cx)),
            ("tls_fault", Fact::TlsFailed.evidence(cx)),
            ("https_fault", Fact::HttpsFailed.evidence(cx)),
            ("proxy_fault", Fact::ProxyFailed.evidence(cx)),
        ];
        for (name, fault) in faults {
            self.put(name, fault.map(|e| format!("{seen}, {}{alone}", e.text)).unwrap_or_default());
        }
        let facts = [
            ("reachable", Fact::ServerReachable),
            ("server_error_now", Fact::ServerFails),
            ("resolver_says", Fact::DnsDisagree),
            ("private_address", Fact::DnsPrivate),
            ("hosts_entry", Fact::HostsEntry),
            ("ipv6_fault", Fact::Ipv6Broken),
            ("lax_ca", Fact::TlsLaxCa),
            ("bundle_fault", Fact::TlsBundleUnusable),
            ("socks_proxy", Fact::ProxySocks),
            ("system_only", Fact::DnsSystemOnly),
            ("other_host", Fact::OtherHostFails),
            ("host_fault", Fact::HostAlone),
        ];
        for (name, fact) in facts {
            self.put(name, fact.evidence(cx).map(|e| e.text).unwrap_or_default());
        }
        if let Some(tls) = ladder.tls.value() {
            self.put("issuer", tls.chain.first().map(|leaf| leaf.issuer.clone()).unwrap_or_default());
            if let Some(product) = cx.lexicon.interceptor(&tls.issuers()) {
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
        // The container's proxy, set last, replaces this machine's.
        for from in Viewpoint::ALL {
            let Some(proxy) = cx.snapshot.path(from).proxy.value() else { continue };
            if let Some(used) = &proxy.used {
                self.put("proxy", used.url.clone());
                self.put("proxy_variable", used.variable.clone());
            }
        }
        if Fact::ProxyOnHostOnly.evidence(cx).is_some()
            && let Some(proxy) = self.value("proxy").map(std::borrow::Cow::into_owned)
        {
            self.put("host_only_proxy", proxy);
        }
        if Fact::NoProxySwallows.evidence(cx).is_some() {
            let entry = Viewpoint::ALL
                .into_iter()
                .rev()
                .find_map(|from| Some(cx.snapshot.path(from).proxy.value()?.bypassed_by.as_ref()?.entry.clone()));
            self.put("no_proxy_entry", entry.unwrap_or_default());
        }
    }

    /// Values of the cached license that the evidence is about, else of the one that LocalStack reads first.
    fn of_cache(&mut self, cx: &FactContext<'_>, evidence: &[Evidence]) {
        let Some(files) = cx.snapshot.cache.value() else { return };
        let named = |e: &Evidence| files.iter().find(|f| e.check == ProbeId::Cache && f.path == e.source);
        let Some(file) = evidence.iter().find_map(named).or_else(|| files.first()) else { return };
        self.put("cache_path", file.path.clone());
        let LicenseFile::License(license) = &file.content else { return };
        self.put("plan", license.plan.clone());
        self.put("covered_version", license.localstack_version.clone().unwrap_or_default());
        if let Some(expires) = license.expires {
            let day = expires.strftime("%Y-%m-%d").to_string();
            self.put("cache_expired_on", if expires < cx.now { day.as_str() } else { "" });
            self.put("cache_expiry", day);
        }
    }

    /// Values of the compose file; what the container itself told is kept.
    fn of_compose(&mut self, cx: &FactContext<'_>) {
        let Some(file) = cx.snapshot.compose.value() else { return };
        let path = file.paths.first().cloned().unwrap_or_default();
        if !self.has("compose_file") {
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
        self.put("isolated", service.isolated.clone().unwrap_or_default());
        if !self.has("service") {
            self.put("service", service.name.clone());
        }
        for mend in &service.mends {
            self.put(&format!("mend_{}", mend.of.name()), mend.diff.clone());
            self.put(&format!("mend_{}_at", mend.of.name()), mend.at.to_string());
        }
    }
}

/// A workload as `kubectl` takes it, with its namespace.
fn workload_argument(workload: &str, namespace: Option<&str>) -> String {
    let within = namespace.map(|n| format!(" -n {}", for_shell(n))).unwrap_or_default();
    format!("{}{within}", for_shell(workload))
}

/// A place as it stands in a sentence.
fn in_prose(place: &Place) -> String {
    let words = place.to_string();
    if words.starts_with("this") { words } else { format!("the {words}") }
}
