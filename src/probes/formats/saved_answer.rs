//! Reads an HTTP answer that somebody saved: a body alone, or with its status line and headers as `curl -i` prints them, or
//! with the whole exchange as `curl -v` prints it. Pure.

/// Headers beyond this many are not looked at.
const MOST_HEADERS: usize = 100;

/// A saved answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SavedAnswer {
    /// The status; nothing where the body alone was saved.
    pub(crate) status: Option<u16>,
    /// Names in lower case, and values.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: String,
}

/// Reads a saved answer. Of several, such as a redirect and its target, the last counts.
pub(crate) fn parse(text: &str) -> SavedAnswer {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut answer = SavedAnswer::default();
    // What `curl -v` says itself: `*` and `>` begin its remarks and the request, `<` the head of the answer.
    let verbose = text.lines().any(|line| status(line.strip_prefix("< ").unwrap_or_default()).is_some());
    let mut in_head = false;
    let mut body: Vec<&str> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        let content = if verbose { line.strip_prefix('<').map(str::trim_start) } else { None };
        let remark = verbose && content.is_none() && (line.starts_with(['*', '>', '}']) || line.starts_with("{ ["));
        let prompt = body.is_empty() && line.starts_with("$ ");
        if remark || prompt {
            continue;
        }
        let head_line = if verbose { content } else { Some(line) };
        let nothing_before = body.iter().all(|line| line.trim().is_empty());
        match head_line.and_then(status) {
            Some(code) if verbose || nothing_before => {
                answer = SavedAnswer { status: Some(code), ..SavedAnswer::default() };
                body.clear();
                in_head = true;
            }
            _ if in_head && head_line.is_some_and(|l| l.trim().is_empty()) => in_head = false,
            _ if in_head && head_line.is_some() => {
                let header = head_line.and_then(|l| l.split_once(':'));
                if let Some((name, value)) = header.filter(|_| answer.headers.len() < MOST_HEADERS) {
                    answer.headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                }
            }
            _ => body.push(line),
        }
    }
    answer.body = body.join("\n").trim().to_owned();
    answer
}

/// The code of a status line such as `HTTP/1.1 200 OK` or `HTTP/2 404`.
fn status(line: &str) -> Option<u16> {
    let mut words = line.trim_start().strip_prefix("HTTP/")?.split_whitespace();
    let version = words.next()?;
    let code = words.next()?.parse().ok().filter(|code| (100..600).contains(code))?;
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_body_are_told_apart_however_they_were_saved() {
        let body = "{\"version\": \"4.14.0\"}";
        for text in [
            format!("HTTP/1.1 200 OK\r\nServer: TwistedWeb/24.3.0\r\nx-localstack: true\r\n\r\n{body}"),
            format!("\u{FEFF}HTTP/2 200 \nserver: TwistedWeb/24.3.0\nX-LocalStack: true\n\n{body}\n"),
            format!(
                "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nserver: TwistedWeb/24.3.0\nx-localstack: true\n\n{body}"
            ),
            format!(
                "$ curl -i localhost:4566/_localstack/info\nHTTP/1.1 200 OK\nserver: TwistedWeb/24.3.0\nx-localstack: true\n\n{body}"
            ),
            format!(
                "*   Trying 127.0.0.1:4566...\n> GET / HTTP/1.1\n>\n< HTTP/1.1 200 OK\n< server: TwistedWeb/24.3.0\n< x-localstack: true\n<\n{{ [302 bytes data]\n{body}\n* Connection #0 left intact\n"
            ),
        ] {
            let found = parse(&text);
            let expected = [("server", "TwistedWeb/24.3.0"), ("x-localstack", "true")];
            assert_eq!((found.status, found.body.as_str()), (Some(200), body), "{text}");
            assert_eq!(found.headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())), "{text}");
        }
        assert_eq!(parse(body), SavedAnswer { body: body.to_owned(), ..SavedAnswer::default() });
        assert_eq!(parse("").status, None);
        assert_eq!(parse("HTTP/1.1 404 Not Found\nServer: nginx\n").status, Some(404));
        assert_eq!(parse("{\"a\": \"b\",\n\n\"text\": \"HTTP/1.1 200 OK\"}").status, None);
    }
}
