//! Facts about what the engine and docker's client pass on to a container, or do not.

use super::context::{FactContext, fact};
use crate::diagnosis::answer::Evidence;
use crate::observations::{Container, Engine, ProbeId};

/// The variables that lead LocalStack through a proxy to the license server.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "OUTBOUND_HTTPS_PROXY", "OUTBOUND_HTTP_PROXY"];

/// The setting that a container would need, where its environment was seen and has none of the kind.
fn not_inside<'a>(cx: &FactContext<'a>, of: impl Fn(&'a Engine) -> &'a [String]) -> Option<(&'a Container, &'a str)> {
    let container = cx.snapshot.container().filter(|c| !c.environment.is_empty())?;
    let is_proxy = |setting: &&String| PROXIES.iter().any(|name| setting.split('=').next() == Some(name));
    let setting = of(cx.snapshot.engine.value()?).iter().find(is_proxy)?;
    let inside = PROXIES.iter().any(|name| container.variable(name).is_some());
    (!inside).then_some((container, setting))
}

pub(super) fn daemon_proxy_not_inside(cx: &FactContext<'_>) -> Option<Evidence> {
    let (container, setting) = not_inside(cx, |engine| &engine.proxies)?;
    Some(fact(ProbeId::Engine, "container engine", format!("{setting} for itself, and none in `{}`", container.name)))
}

pub(super) fn client_proxy_not_inside(cx: &FactContext<'_>) -> Option<Evidence> {
    let (container, setting) = not_inside(cx, |engine| &engine.client_proxies)?;
    let text = format!("{setting} for new containers, and none in `{}`", container.name);
    Some(fact(ProbeId::Engine, "configuration of docker's client", text))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::diagnosis::lexicon::Lexicon;
    use crate::observations::{Instances, Observation, Snapshot, Variable};

    fn told(environment: &[&str], proxies: &[&str]) -> (Option<String>, Option<String>) {
        let now = Timestamp::UNIX_EPOCH;
        let variable = |name: &&str| Variable { name: (*name).to_owned(), value: "x".into() };
        let environment = environment.iter().map(variable).collect();
        let chosen = Container { name: "ls".to_owned(), environment, ..Container::default() };
        let proxies: Vec<String> = proxies.iter().map(|p| (*p).to_owned()).collect();
        let engine = Engine { client_proxies: proxies.clone(), proxies, ..Engine::default() };
        let snapshot = Snapshot {
            engine: Observation::seen(now, engine),
            instances: Observation::seen(now, Instances { chosen: Some(chosen), ..Instances::default() }),
            ..Snapshot::default()
        };
        let catalogue = Lexicon::load().unwrap();
        let cx = FactContext { snapshot: &snapshot, run: None, lexicon: &catalogue, activated_before: false, now };
        (daemon_proxy_not_inside(&cx).map(|e| e.text), client_proxy_not_inside(&cx).map(|e| e.text))
    }

    #[test]
    fn a_proxy_that_stays_outside_is_told_and_one_that_gets_in_is_not() {
        let (daemon, client) = told(&["PATH"], &["NO_PROXY=.corp", "HTTPS_PROXY=http://p:1"]);
        assert_eq!(daemon.unwrap(), "HTTPS_PROXY=http://p:1 for itself, and none in `ls`");
        assert!(client.unwrap().contains("for new containers"));
        let silent = (None, None);
        assert_eq!(told(&["PATH", "https_proxy"], &["HTTPS_PROXY=http://p:1"]), silent);
        assert_eq!(
            told(&["PATH"], &["HTTP_PROXY=http://p:1", "NO_PROXY=x"]),
            silent,
            "the license server speaks https"
        );
        assert_eq!(told(&[], &["HTTPS_PROXY=http://p:1"]), silent, "an environment that was not seen");
    }
}
