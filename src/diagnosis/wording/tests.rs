//! Filling sentences and commands.

use super::*;

#[test]
fn only_known_placeholders_are_filled() {
    let mut words = Words::default();
    words.put("container", "ls");
    assert_eq!(words.fill("docker logs {container}", false).as_deref(), Some("docker logs ls"));
    assert_eq!(words.fill("x {issuer}", true), None);
    assert_eq!(words.fill("{service}", true).as_deref(), Some("localstack"));
    assert_eq!(words.fill("{service}", false), None);
    let shell = "echo ${VAR} ${{ secrets.X }} '{{.Config.Env}}{{end}}' {} {A}";
    assert_eq!(words.fill(shell, false).as_deref(), Some(shell));
    assert_eq!(words.sentence(&["a {issuer}".into(), "b {container}".into()]), "b ls");
}

#[test]
fn what_is_filled_into_a_line_to_type_stays_one_word() {
    let mut words = Words::default();
    words.put("service", "x; touch 'y' #");
    words.put("compose_files", "-f 'a b.yaml'");
    let command = Some("docker compose {compose_files} up {service} {image}".to_owned());
    let filled = |file| words.filled(&RemedyTemplate { command: command.clone(), file, ..Default::default() });
    let typed = "docker compose -f 'a b.yaml' up 'x; touch '\\''y'\\'' #' localstack/localstack-pro";
    assert_eq!(filled(None).unwrap().command.as_deref(), Some(typed));
    assert!(filled(Some("compose.yaml".into())).unwrap().command.unwrap().contains("up x; touch 'y' #"));
}
