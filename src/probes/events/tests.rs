//! Tests of reading and following events.

use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::probes::sources::docker;
use crate::probes::sources::docker::fake::{Fake, Say, context_in};

const DIED: &str = concat!(
    r#"{"Type":"container","Action":"die","Actor":{"ID":"b","Attributes":"#,
    r#"{"name":"ls","image":"localstack/localstack","exitCode":"55"}},"time":2}"#,
    "\n"
);

async fn link_in(root: &std::path::Path) -> (Arc<Context>, Fake) {
    let mut context = context_in(root);
    let fake = Fake::listen(&root.join("engine.sock"), |path| {
        if !path.starts_with("/events") {
            return Say::Status(404, Vec::new());
        }
        Say::Endless(
            [
                r#"{"Type":"container","Action":"start","Actor":{"ID":"a","Attributes":{"name":"db","image":"postgres"}},"time":1}"#,
                r#"{"Type":"network","Action":"connect","Actor":{"ID":"n"}}"#,
                DIED,
            ]
            .join("\n")
            .into_bytes(),
        )
    });
    context.docker_host = Some(fake.address());
    docker::observe(&context).await.unwrap();
    (Arc::new(context), fake)
}

#[tokio::test]
async fn both_engines_words_are_understood() {
    let root = tempfile::tempdir().unwrap();
    let (context, _fake) = link_in(root.path()).await;
    let link = context.link().unwrap();
    let read = |action: &str, attributes: &str| {
        let json = format!(
            r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"b","Attributes":{{"name":"ls","image":"localstack/localstack"{attributes}}}}},"time":2}}"#
        );
        let event: EventMessage = serde_json::from_str(&json).unwrap();
        EngineEvent::read(&event, &context, &link).map(|e| (e.action, e.exit_code))
    };
    let code = r#","exitCode":"55","containerExitCode":"0""#;
    assert_eq!(read("die", code), Some((Action::Die, Some(55))));
    assert_eq!(read("start", code), Some((Action::Start, None)), "only an end has a code");
    assert_eq!(read("died", r#","containerExitCode":"55""#), Some((Action::Die, Some(55))));
    assert_eq!(read("remove", ""), Some((Action::Destroy, None)));
    assert_eq!(read("health_status: unhealthy", ""), Some((Action::Health("unhealthy".into()), None)));
    assert_eq!(read("health_status", r#","health_status":"healthy""#), Some((Action::Health("healthy".into()), None)));
    assert_eq!(read("exec_create: sh", ""), None);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_costs_what_came_with_it_and_is_not_asked_for_again() {
    for odd in [r#"{"Type":"pod","Action":"start"}"#.to_owned(), "garbage".to_owned(), "x".repeat(3 << 20)] {
        let root = tempfile::tempdir().unwrap();
        let mut context = context_in(root.path());
        let fake = Fake::listen(&root.path().join("engine.sock"), move |path| match path {
            "/_ping" => Say::Status(404, Vec::new()),
            path if path.contains("since=") => Say::Endless(DIED.into()),
            _ => Say::Endless(format!("{odd}\n").into_bytes()),
        });
        context.docker_host = Some(fake.address());
        docker::observe(&context).await.unwrap();
        let (notify, mut events) = unbounded_channel();
        let watching = tokio::spawn(watch(Arc::new(context), notify));
        for expected in [Action::EngineLost, Action::EngineBack, Action::Die] {
            let event = tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap();
            assert_eq!(event.action, expected);
        }
        watching.abort();
    }
}

#[tokio::test]
async fn the_engine_is_followed_through_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let (context, fake) = link_in(root.path()).await;
    let (notify, mut events) = unbounded_channel();
    let watching = tokio::spawn(watch(Arc::clone(&context), notify));
    let mut next = async || tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap();
    let event = next().await;
    assert_eq!((event.action, event.id.as_str(), event.exit_code), (Action::Die, "b", Some(55)));
    let path = fake.path.clone();
    drop(fake);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(next().await.action, Action::EngineLost);
    let again = Fake::listen(&path, |_| Say::Endless(Vec::new()));
    assert_eq!(next().await.action, Action::EngineBack);
    assert!(again.asked()[0].contains("since=2.000000001&"), "{:?}", again.asked());
    drop(events);
    tokio::time::timeout(Duration::from_secs(10), watching).await.unwrap().unwrap();
}
