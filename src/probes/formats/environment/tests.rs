//! Saved environments in every form that people have them.

use secrecy::ExposeSecret;

use super::*;

const TOKEN: &str = "ls-FAKEfake-fake-fake-fake-notareal9e7c";

/// The variables as text: a reference in angle brackets.
fn read(text: &str) -> Option<Vec<(String, String)>> {
    let shown = |given: Given| {
        let value = match given.value {
            Setting::Text(text) => text.expose_secret().to_owned(),
            Setting::Reference(place) => format!("{}:{}:{}", place.kind, place.name, place.key),
        };
        (given.name, value)
    };
    Some(parse(text)?.variables.into_iter().map(shown).collect())
}

fn token(text: &str) -> Option<String> {
    read(text)?.into_iter().rev().find(|(name, _)| name == "LOCALSTACK_AUTH_TOKEN").map(|(_, value)| value)
}

#[test]
fn every_form_of_a_saved_environment_gives_its_variables() {
    for text in [
        format!("LOCALSTACK_AUTH_TOKEN={TOKEN}"),
        format!("# of CI\nDEBUG=1\n\nexport LOCALSTACK_AUTH_TOKEN=\"{TOKEN}\"  # mine\n"),
        format!("declare -x DEBUG=\"1\"\ndeclare -x LOCALSTACK_AUTH_TOKEN=\"{TOKEN}\"\n"),
        format!("LOCALSTACK_AUTH_TOKEN={TOKEN} # mine\n"),
        format!("$ docker exec localstack env\nPATH=/bin\nLOCALSTACK_AUTH_TOKEN={TOKEN}\n"),
        format!("$env:LOCALSTACK_AUTH_TOKEN = \"{TOKEN}\"\r\n"),
        format!("ENV DEBUG=1\nENV LOCALSTACK_AUTH_TOKEN={TOKEN}\n"),
        format!(r#"{{"DEBUG": 1, "LOCALSTACK_AUTH_TOKEN": "{TOKEN}"}}"#),
        format!(r#"["DEBUG=1", "LOCALSTACK_AUTH_TOKEN={TOKEN}"]"#),
        format!(r#"[{{"name": "LOCALSTACK_AUTH_TOKEN", "value": "{TOKEN}"}}]"#),
        format!("\"Env\": [\n  \"DEBUG=1\",\n  \"LOCALSTACK_AUTH_TOKEN={TOKEN}\"\n],"),
        format!("\"DEBUG=1\",\n\"LOCALSTACK_AUTH_TOKEN={TOKEN}\","),
        format!("[PATH=/bin:/usr/bin NO_PROXY=a,b LOCALSTACK_AUTH_TOKEN={TOKEN} DEBUG=1]"),
        format!("      - LOCALSTACK_AUTH_TOKEN={TOKEN}\n      - DEBUG=1\n"),
        format!("environment:\n  - DEBUG=1\n  - LOCALSTACK_AUTH_TOKEN={TOKEN}\n"),
        format!("      DEBUG: 1\n      LOCALSTACK_AUTH_TOKEN: {TOKEN}\n"),
        format!("environment:\n  LOCALSTACK_AUTH_TOKEN: \"{TOKEN}\"\n  DEBUG: true\n"),
        format!(
            "name: x\nservices:\n  db:\n    environment: {{A: b}}\n    image: postgres\n  ls:\n    environment:\n      LOCALSTACK_AUTH_TOKEN: {TOKEN}\n    image: localstack/localstack-pro\n"
        ),
        format!(
            r#"[{{"Config": {{"Env": ["A=b"], "Image": "nginx"}}}}, {{"Config": {{"Env": ["LOCALSTACK_AUTH_TOKEN={TOKEN}"], "Image": "localstack/localstack"}}}}]"#
        ),
        format!(
            "kind: Pod\nspec:\n  containers:\n  - name: dind\n    env: [{{name: A, value: b}}]\n  - name: localstack\n    env:\n    - name: LOCALSTACK_AUTH_TOKEN\n      value: {TOKEN}\n"
        ),
    ] {
        assert_eq!(token(&text).as_deref(), Some(TOKEN), "{text}");
    }
}

#[test]
fn references_are_told_from_values() {
    let secret = "secret:ls:token";
    for (text, value) in [
        (
            "kind: Pod\nspec: {containers: [{name: ls, env: [{name: LOCALSTACK_AUTH_TOKEN, valueFrom: {secretKeyRef: {name: ls, key: token}}}]}]}",
            secret,
        ),
        ("environment:\n- LOCALSTACK_AUTH_TOKEN\n", "shell:LOCALSTACK_AUTH_TOKEN:"),
        ("environment:\n  LOCALSTACK_AUTH_TOKEN:\n", "shell:LOCALSTACK_AUTH_TOKEN:"),
        (
            "# Deployment localstack, container localstack\n# LOCALSTACK_AUTH_TOKEN from secret ls, key token\nDEBUG=1\n",
            secret,
        ),
        (
            "    Environment:\n      DEBUG:  1\n      LOCALSTACK_AUTH_TOKEN:  <set to the key 'token' in secret 'ls'>  Optional: false\n",
            secret,
        ),
    ] {
        assert_eq!(token(text).as_deref(), Some(value), "{text}");
    }
    assert!(
        parse("containers: [{name: ls, envFrom: [{secretRef: {name: ls}}], env: [{name: A, value: b}]}]")
            .unwrap()
            .incomplete
    );
}

#[test]
fn values_keep_what_matters() {
    for (text, value) in [
        ("LOCALSTACK_AUTH_TOKEN=", ""),
        ("LOCALSTACK_AUTH_TOKEN=\"ls-open", "\"ls-open"),
        ("PATH=/bin\nLOCALSTACK_AUTH_TOKEN=\"ls-quoted\"", "\"ls-quoted\""),
        ("{\"LOCALSTACK_AUTH_TOKEN\": \"ls-x\\n\"}", "ls-x\n"),
        ("environment:\n- LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN}", "${LOCALSTACK_AUTH_TOKEN}"),
        ("kind: Secret\ndata:\n  LOCALSTACK_AUTH_TOKEN: bHMteAo=\n", "ls-x\n"),
    ] {
        assert_eq!(token(text).as_deref(), Some(value), "{text}");
    }
}

#[test]
fn what_is_no_environment_is_not_taken_for_an_empty_one() {
    for text in [
        "",
        "# nothing\n",
        "LocalStack version: 4.14.0\nReady.\n",
        "{\"version\": \"4.14.0\", \"edition\": \"pro\"}",
        "<html><body class=\"x\"></body></html>",
        "level=info msg=started\n",
        "[]",
        "{}",
        "null",
    ] {
        assert!(parse(text).is_none(), "{text}: {:?}", read(text));
    }
}
