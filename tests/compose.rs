//! Compose files of every form: what they would pass to LocalStack, what is wrong with them, and the diff that mends them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod homes;

use homes::{Home, TOKEN, assert_scrubbed};
use lsdoctor::observations::{ComposeFile, ComposeService, Container, ErrorKind, Launch};
use lsdoctor::probes::compose;

async fn read(home: &Home) -> ComposeFile {
    let context = home.context();
    let files = compose::files_of(&context, None);
    let found = compose::observe(&context, &files).await.unwrap();
    assert_scrubbed(&found);
    found
}

async fn service(home: &Home) -> ComposeService {
    let found = read(home).await;
    assert_eq!(found.faults, []);
    found.service.unwrap()
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
    assert!(found.persistent_cache && found.has_environment);
    assert_eq!(found.environment_at.as_ref().map(|at| at.line), Some(11));
    assert_eq!(found.variables[0].at.line, 2);
    assert_eq!(found.mend, None, "the file does it already");

    home.compose("services:\n  ls:\n    build: .\n    container_name: localstack-main\n    network_mode: host\n    volumes: [/var/lib/localstack]\n");
    let found = service(&home).await;
    assert_eq!((found.name.as_str(), found.persistent_cache, found.has_environment), ("ls", false, false));
    assert_eq!((found.network_mode.as_deref(), found.environment_at.map(|at| at.line)), (Some("host"), Some(2)));
    home.compose("services:\n  db:\n    image: postgres\n");
    assert_eq!(read(&home).await.service, None);
}

#[tokio::test]
async fn files_are_merged_and_services_extended() {
    let mut home = Home::new();
    home.write("project/docker-compose.yml", "services:\n  base:\n    environment:\n      - LOCALSTACK_AUTH_TOKEN=\n  ls:\n    extends: base\n    image: localstack/localstack\n    ports: ['4566:4566']\n");
    home.write("project/docker-compose.override.yml", "services:\n  ls:\n    image: localstack/localstack-pro\n    environment:\n      LOCALSTACK_API_KEY: marked-key\n");
    home.write("project/sub/x", "");
    home.compose = Some(home.path("project/sub"));
    let found = read(&home).await;
    assert_eq!(found.paths.len(), 2);
    let told = found.service.unwrap();
    assert_eq!((told.image.as_deref(), told.ports.len()), (Some("localstack/localstack-pro"), 1));
    assert_eq!(
        variables(&told),
        [("LOCALSTACK_API_KEY", "...(10 characters)", Some("...(10 characters)"), 5), (NAME, "", Some(""), 4)]
    );

    home.compose("include: [other.yaml]\nservices:\n  app:\n    image: app\n    extends: {file: x.yaml, service: y}\n");
    let faults = read(&home).await.faults;
    assert_eq!(faults.iter().map(|f| f.at.line).collect::<Vec<_>>(), [0, 3], "{faults:?}");
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
    let launched = Launch {
        config_files: vec!["/p/a.yml".into(), "b.yml".into()],
        working_dir: Some("/p".into()),
        ..Launch::default()
    };
    let container = Container { launch: launched, ..Container::default() };
    assert_eq!(
        compose::files_of(&home.context(), Some(&container)),
        ["/p/a.yml", "/p/b.yml"].map(std::path::PathBuf::from)
    );
    assert!(compose::files_of(&home.context(), None).is_empty());
    let file = home.compose("services: {}\n");
    assert_eq!(compose::files_of(&home.context(), Some(&container)), std::slice::from_ref(&file));
    home.compose = Some("".into());
    assert_eq!(compose::files_of(&home.context(), None), std::slice::from_ref(&file));
    home.set("COMPOSE_FILE", "x.yml|y.yml").set("COMPOSE_PATH_SEPARATOR", "|");
    assert_eq!(compose::files_of(&home.context(), None), ["x.yml", "y.yml"].map(|f| home.path("project").join(f)));
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_file_is_an_error_of_the_check_and_never_a_wait() {
    let mut home = Home::new();
    let path = home.compose("services: {}\n");
    let mut errors = Vec::new();
    for obstacle in homes::obstacles(&path) {
        obstacle();
        let context = home.context();
        let look = compose::observe(&context, std::slice::from_ref(&path));
        let look = tokio::time::timeout(std::time::Duration::from_secs(20), look).await.expect("must not hang");
        errors.push(look.map(|found| found.faults.len()).map_err(|e| e.kind));
    }
    // A pipe, a folder, a loop, a device, a giant; then bytes that are no YAML.
    let refused = Err(ErrorKind::BadAnswer);
    assert_eq!(errors, [refused, refused, refused, refused, refused, Ok(1)]);
    std::fs::remove_file(&path).unwrap();
    let error = compose::observe(&home.context(), &[path]).await.unwrap_err();
    assert!(error.kind == ErrorKind::NotFound && error.detail.contains("compose.yaml"), "{error}");
}
