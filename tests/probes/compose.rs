//! Compose files of every form: what they would pass to LocalStack, what is wrong with them, and the diff that mends them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::homes;

use std::path::PathBuf;
use std::time::Duration;

use crate::support::homes::{Home, TOKEN, assert_scrubbed};
use lsdoctor::observations::{
    ComposeFile, ComposeLaunch, ComposeService, Container, ErrorKind, Launch, Launcher, MendKind,
};
use lsdoctor::probes::compose;

async fn read(home: &Home) -> ComposeFile {
    let context = home.context();
    let project = compose::project_of(&context, None);
    let found = compose::observe(&context, &project).await.unwrap();
    assert_scrubbed(&found);
    found
}

async fn service(home: &Home) -> ComposeService {
    let found = read(home).await;
    assert_eq!(found.faults, []);
    found.service.unwrap()
}

fn files_of(home: &Home, container: Option<&Container>) -> Vec<PathBuf> {
    compose::project_of(&home.context(), container).files
}

/// Name, as written, value, line.
fn variables(service: &ComposeService) -> Vec<(&str, &str, Option<&str>, u64)> {
    service.variables.iter().map(|v| (v.name.as_str(), v.written.as_str(), v.value.as_deref(), v.at.line)).collect()
}

const NAME: &str = "LOCALSTACK_AUTH_TOKEN";

#[tokio::test]
async fn each_way_to_pass_the_token_comes_to_what_compose_makes_of_it() {
    let masked = "ls-...c8b2";
    let cases: [(&str, &str, Option<&str>, Option<&str>); 11] = [
        // Written; shown; without a token in the shell; with one.
        ("${LOCALSTACK_AUTH_TOKEN:-}", "${LOCALSTACK_AUTH_TOKEN:-}", Some(""), Some(masked)),
        ("${LOCALSTACK_AUTH_TOKEN- }", "${LOCALSTACK_AUTH_TOKEN- }", Some(""), Some(masked)),
        ("${LOCALSTACK_AUTH_TOKEN}", "${LOCALSTACK_AUTH_TOKEN}", Some(""), Some(masked)),
        ("$LOCALSTACK_AUTH_TOKEN", "$LOCALSTACK_AUTH_TOKEN", Some(""), Some(masked)),
        ("${LOCALSTACK_AUTH_TOKEN:-${OTHER:-}}", "${LOCALSTACK_AUTH_TOKEN:-${OTHER:-}}", Some(""), Some(masked)),
        ("$${LOCALSTACK_AUTH_TOKEN}", "...(24 characters)", Some("...(24 characters)"), Some("...(24 characters)")),
        ("", "", Some(""), Some("")),
        ("test", "...(4 characters)", Some("...(4 characters)"), Some("...(4 characters)")),
        (TOKEN, masked, Some(masked), Some(masked)),
        ("${LOCALSTACK_AUTH_TOKEN:+}", "${LOCALSTACK_AUTH_TOKEN:+}", Some(""), Some("")),
        ("${OTHER-ls-MARK}", "${OTHER-...(7 characters)}", Some("...(7 characters)"), Some("...(7 characters)")),
    ];
    for (written, shown, without, with) in cases {
        for style in ["      - \"NAME=VALUE\"", "      NAME: \"VALUE\""] {
            let line = style.replace("NAME", NAME).replace("VALUE", written);
            let mut home = Home::new();
            home.compose(&format!(
                "services:\n  ls:\n    image: localstack/localstack-pro\n    environment:\n{line}\n"
            ));
            assert_eq!(variables(&service(&home).await), [(NAME, shown, without, 5)], "{line}");
            home.set(NAME, TOKEN);
            assert_eq!(variables(&service(&home).await), [(NAME, shown, with, 5)], "{line}");
        }
    }
}

#[tokio::test]
async fn a_bare_name_passes_the_shells_or_the_env_files_and_is_left_out_without() {
    for form in ["      - LOCALSTACK_AUTH_TOKEN", "      LOCALSTACK_AUTH_TOKEN:"] {
        let mut home = Home::new();
        home.compose(&format!("services:\n  ls:\n    image: localstack/localstack\n    environment:\n{form}\n"));
        assert_eq!(variables(&service(&home).await), [(NAME, NAME, None, 5)]);
        home.write("project/.env", format!("{NAME}={TOKEN}\n"));
        assert_eq!(variables(&service(&home).await), [(NAME, NAME, Some("ls-...c8b2"), 5)]);
        home.set(NAME, "");
        assert_eq!(variables(&service(&home).await), [(NAME, NAME, Some(""), 5)], "the shell comes before .env");
        home.variables.clear();
        home.set("COMPOSE_ENV_FILES", "other.env");
        assert_eq!(variables(&service(&home).await), [(NAME, NAME, None, 5)], "another env file was named");
    }
}

#[tokio::test]
async fn env_files_come_first_and_the_environment_wins() {
    let mut home = Home::new();
    home.write("project/a.env", format!("LOCALSTACK_API_KEY=marked-key\n{NAME}={TOKEN}\n"));
    home.write("project/b.env", "# c\nLOCALSTACK_API_KEY=${MISSING:-}\n");
    home.compose(
        "services:\n  ls:\n    image: localstack/localstack\n    env_file:\n      - a.env\n      - path: ./b.env\n      - path: \
         none.env\n        required: false\n",
    );
    let found = service(&home).await;
    assert_eq!(
        variables(&found),
        [("LOCALSTACK_API_KEY", "${MISSING:-}", Some(""), 2), (NAME, "ls-...c8b2", Some("ls-...c8b2"), 2)]
    );
    assert!(found.variables[0].at.path.ends_with("project/b.env"));
    home.compose(
        "services:\n  ls:\n    image: localstack/localstack\n    env_file: a.env\n    environment:\n      \
         LOCALSTACK_AUTH_TOKEN: \"\"\n      LOCALSTACK_API_KEY:\n",
    );
    let found = service(&home).await;
    assert_eq!(variables(&found), [("LOCALSTACK_API_KEY", "LOCALSTACK_API_KEY", None, 7), (NAME, "", Some(""), 6)]);
}

#[tokio::test]
async fn the_service_is_found_among_others_with_all_that_matters() {
    let mut home = Home::new();
    home.set("TAG", "4.14.0");
    home.compose(
        "x-env: &env\n  LOCALSTACK_AUTH_TOKEN: ${LOCALSTACK_AUTH_TOKEN:?}\nservices:\n  app:\n    image: app\n    environment: \
         {AWS_ENDPOINT_URL: 'http://localstack:4566'}\n  localstack-init:\n    image: amazon/aws-cli\n  aws:\n    image: \
         mirror.corp/localstack/localstack-pro:${TAG}\n    environment:\n      <<: *env\n    ports: ['127.0.0.1:${PORT:-4566}:4566', \
         {target: 443, published: 443}]\n    volumes: ['${LOCALSTACK_VOLUME_DIR:-./volume}:/var/lib/localstack']\n",
    );
    home.set(NAME, TOKEN);
    let found = service(&home).await;
    assert_eq!(found.name, "aws");
    assert_eq!(found.image.as_deref(), Some("mirror.corp/localstack/localstack-pro:4.14.0"));
    assert_eq!(found.ports, ["127.0.0.1:4566:4566", "443:443"]);
    assert!(found.persistent_cache);
    assert_eq!((found.at.line, found.image_at.as_ref().map(|at| at.line)), (9, Some(10)));
    assert_eq!(found.variables[0].at.line, 2);
    assert_eq!(found.mend(MendKind::Token), None, "the file does it already");

    home.compose("services:\n  ls:\n    build: .\n    container_name: localstack-main\n    network_mode: host\n    volumes: [/var/lib/localstack]\n");
    let found = service(&home).await;
    assert_eq!((found.name.as_str(), found.persistent_cache), ("ls", false));
    assert_eq!((found.network_mode.as_deref(), found.at.line), (Some("host"), 2));
    home.compose("services:\n  db:\n    image: postgres\n");
    assert_eq!(read(&home).await.service, None);
}

#[tokio::test]
async fn files_are_merged_and_services_extended() {
    let mut home = Home::new();
    home.write("project/docker-compose.yml", "services:\n  base:\n    environment:\n      - LOCALSTACK_AUTH_TOKEN=\n  ls:\n    extends: base\n    image: localstack/localstack\n    ports: ['4566:4566']\n");
    home.write("project/docker-compose.override.yml", "services:\n  ls:\n    image: localstack/localstack-pro\n    environment:\n      LOCALSTACK_API_KEY: marked-key\n");
    home.write("project/sub/x", "");
    home.compose = Some(vec![home.path("project/sub")]);
    let found = read(&home).await;
    assert_eq!(found.paths.len(), 2);
    let told = found.service.unwrap();
    assert_eq!((told.image.as_deref(), told.ports.len()), (Some("localstack/localstack-pro"), 1));
    assert_eq!(
        variables(&told),
        [("LOCALSTACK_API_KEY", "...(10 characters)", Some("...(10 characters)"), 5), (NAME, "", Some(""), 4)]
    );
}

#[tokio::test]
async fn included_files_and_extended_services_are_read_with_paths_relative_to_them() {
    let mut home = Home::new();
    home.write("project/stack/aws.yaml", "services:\n  ls:\n    extends: {file: ../shared/base.yaml, service: base}\n    image: localstack/localstack-pro:${TAG}\n");
    home.write("project/stack/.env", format!("TAG=4.14.0\n{NAME}={TOKEN}\n"));
    home.write("project/shared/base.yaml", "services:\n  common:\n    ports: ['4510-4566:4510-4566']\n  base:\n    extends: common\n    env_file: base.env\n    environment:\n      LOCALSTACK_AUTH_TOKEN:\n");
    home.write("project/shared/base.env", "LOCALSTACK_API_KEY=\n");
    for include in ["include: [stack/aws.yaml]", "include:\n  - path: [stack/aws.yaml]\n    project_directory: ./stack"]
    {
        home.compose(&format!("{include}\nservices:\n  app: {{image: app}}\n"));
        let found = read(&home).await;
        assert_eq!((found.faults, found.paths.len()), (Vec::new(), 3));
        let service = found.service.unwrap();
        assert_eq!(service.image.as_deref(), Some("localstack/localstack-pro:4.14.0"));
        assert!(service.publishes(4566) && !service.publishes(443));
        assert_eq!(variables(&service), [("LOCALSTACK_API_KEY", "", Some(""), 1), (NAME, NAME, Some("ls-...c8b2"), 8)]);
        assert!(service.variables[0].at.path.ends_with("shared/base.env"));
        assert!(service.variables[1].at.path.ends_with("shared/base.yaml"));
    }
    // The project's own `.env` comes before that of what it includes.
    home.write("project/.env", "TAG=latest\n");
    assert_eq!(service(&home).await.image.as_deref(), Some("localstack/localstack-pro:latest"));
    home.compose("include:\n  - path: stack/aws.yaml\n    env_file: other.env\n");
    home.write("project/other.env", "X=1\n");
    assert_eq!(variables(&service(&home).await)[1].2, None, "another env file was named");
}

#[tokio::test]
async fn circles_absences_and_far_away_files_are_told_where_they_are_named() {
    let cases = [
        ("include: [a.yaml]\n", "include: [compose.yaml]\n", "a.yaml", 1, "includes itself"),
        ("include: [none.yaml]\n", "", "compose.yaml", 1, "none.yaml: there is no such file"),
        ("include:\n  - oci://registry/stack\n", "", "compose.yaml", 2, "not on this machine"),
        ("services:\n  ls:\n    extends: ls\n", "", "compose.yaml", 3, "extends itself"),
        (
            "services:\n  ls:\n    extends:\n      file: a.yaml\n      service: b\n",
            "services:\n  b:\n    extends: {file: compose.yaml, service: ls}\n",
            "a.yaml",
            3,
            "extends itself",
        ),
        ("services:\n  ls:\n    extends: none\n", "", "compose.yaml", 3, "no service `none`"),
        ("include: [a.yaml]\n", "services:\n\tls: {}\n", "a.yaml", 2, "(column"),
        ("include: {a: b}\n", "", "compose.yaml", 1, "(column"),
    ];
    for (text, other, path, line, says) in cases {
        let mut home = Home::new();
        home.compose(text);
        home.write("project/a.yaml", other);
        let faults = read(&home).await.faults;
        let [fault] = faults.as_slice() else { panic!("{text}: {faults:?}") };
        assert!(
            fault.at.path.ends_with(path) && fault.at.line == line && fault.says.contains(says),
            "{text}: {fault:?}"
        );
    }
    // Far more files than anyone has are not read.
    let mut home = Home::new();
    for n in 0..100 {
        home.write(&format!("project/{n}.yaml"), format!("include: [{}.yaml]\n", n + 1));
    }
    home.compose("include: [0.yaml, 20.yaml, 40.yaml, 60.yaml]\n");
    let found = read(&home).await;
    assert!(found.paths.len() <= 16 && !found.faults.is_empty(), "{found:?}");
}

#[tokio::test]
async fn faults_are_told_with_their_line_and_nothing_of_the_file() {
    let head = "services:\n  ls:\n    image: localstack/localstack\n    environment:\n";
    let cases = [
        (
            format!("{head}      {NAME}: ${{{NAME}:?set it, please}}\n"),
            5,
            "is required and not set, so compose does not start (set it, please)",
        ),
        (format!("{head}      - {NAME}=${{{NAME}\n"), 5, "a reference that compose cannot read"),
        (format!("{head}      {NAME}: [{TOKEN}]\n"), 5, "(column "),
        (format!("{head}\t{NAME}: {TOKEN}\n"), 5, "(column "),
        (format!("services:\n  ls: {TOKEN}\n"), 2, "expected a service"),
        (format!("{head}    env_file: missing-file\n"), 5, "cannot be read: there is no such file"),
    ];
    for (text, line, says) in cases {
        let mut home = Home::new();
        let path = home.compose(&text);
        let faults = read(&home).await.faults;
        let fault = faults.first().expect(&text);
        assert!(fault.at.line == line && fault.says.contains(says), "{text}: {fault:?}");
        assert_eq!(fault.at.path, path.display().to_string());
    }
}

#[tokio::test]
async fn files_come_from_the_option_the_container_or_composes_own_search() {
    let mut home = Home::new();
    let launched = ComposeLaunch {
        config_files: vec!["/p/a.yml".into(), "b.yml".into()],
        working_dir: Some("/p".into()),
        ..ComposeLaunch::default()
    };
    let launch = |project| Launch { by: Launcher::Compose(project), ..Launch::default() };
    let container = Container { launch: launch(launched.clone()), ..Container::default() };
    assert_eq!(
        compose::project_of(&home.context(), Some(&container)),
        compose::Project {
            files: ["/p/a.yml", "/p/b.yml"].map(PathBuf::from).into(),
            folder: "/p".into(),
            env_files: vec!["/p/.env".into()]
        }
    );
    let launch = launch(ComposeLaunch { env_files: vec!["/p/ci.env".into()], ..launched });
    let with_env_file = Container { launch, ..Container::default() };
    let project = compose::project_of(&home.context(), Some(&with_env_file));
    assert_eq!(project.env_files, [PathBuf::from("/p/ci.env")]);
    assert!(files_of(&home, None).is_empty());
    let file = home.compose("services: {}\n");
    assert_eq!(files_of(&home, Some(&container)), std::slice::from_ref(&file));
    home.compose = Some(vec!["".into()]);
    assert_eq!(files_of(&home, None), std::slice::from_ref(&file));
    // Compose takes its own settings from the project's env file too, and the shell's before them.
    std::fs::write(home.path("project/.env"), "COMPOSE_FILE=old.yml\nCOMPOSE_FILE='e.yml:f.yml'\n").unwrap();
    assert_eq!(files_of(&home, None), ["e.yml", "f.yml"].map(|f| home.path("project").join(f)));
    home.set("COMPOSE_FILE", "x.yml|y.yml").set("COMPOSE_PATH_SEPARATOR", "|");
    assert_eq!(files_of(&home, None), ["x.yml", "y.yml"].map(|f| home.path("project").join(f)));
    home.compose = Some(vec!["b.yml".into(), "/q/a.yml".into()]);
    assert_eq!(files_of(&home, None), [home.path("project/b.yml"), "/q/a.yml".into()]);
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_file_is_an_error_of_the_check_and_never_a_wait() {
    let mut home = Home::new();
    let path = home.compose("services: {}\n");
    let project = compose::project_of(&home.context(), None);
    let mut errors = Vec::new();
    for obstacle in homes::obstacles(&path) {
        obstacle();
        let context = home.context();
        let look = compose::observe(&context, &project);
        let look = tokio::time::timeout(std::time::Duration::from_secs(20), look).await.expect("must not hang");
        errors.push(look.map(|found| found.faults.len()).map_err(|e| e.kind));
    }
    // A pipe, a folder, a loop, a device, a giant; then bytes that are no YAML.
    let refused = Err(ErrorKind::BadAnswer);
    assert_eq!(errors, [refused, refused, refused, refused, refused, Ok(1)]);
    std::fs::remove_file(&path).unwrap();
    let context = home.context();
    let error = compose::observe(&context, &project).await.unwrap_err();
    assert!(error.kind == ErrorKind::NotFound && error.detail.contains("compose.yaml"), "{error}");
}

#[tokio::test]
async fn references_that_multiply_cannot_fill_memory() {
    let mut home = Home::new();
    home.write("project/.env", format!("A={}\n", "x".repeat(60_000)));
    let ports = "      - ${A}\n".repeat(100);
    let variables: String = (0..50).map(|n| format!("      V{n}: ${{A}}\n")).collect();
    home.compose(&format!(
        "services:\n  ls:\n    image: localstack/localstack\n    ports:\n{ports}    environment:\n{variables}"
    ));
    let found = read(&home).await;
    assert!(found.faults.iter().any(|fault| fault.says == "the value of V49 grows too long"), "{:?}", found.faults);
    let ports: usize = found.service.unwrap().ports.iter().map(String::len).sum();
    assert!(ports < 5 << 20, "{ports}");
}

#[tokio::test]
async fn whoever_waits_for_services_that_extend_a_large_one_can_end_it() {
    let mut home = Home::new();
    let variables: String = (0..4_000).map(|n| format!("      V{n}:\n")).collect();
    let services: String = (0..400).map(|n| format!("  s{n}: {{extends: base}}\n")).collect();
    home.compose(&format!("services:\n{services}  base:\n    environment:\n{variables}"));
    let context = home.context();
    let project = compose::project_of(&context, None);
    let reading = compose::observe(&context, &project);
    assert!(tokio::time::timeout(Duration::from_millis(10), reading).await.is_err());
}
