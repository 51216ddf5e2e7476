//! The frame of every page, and the few forms that its content has.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use chrono::{DateTime, Utc};
use tenure_engine::report::{Prose, STYLE, Safe};
use tenure_policy::IdentityId;

use crate::Visitor;
use crate::form::TOKEN;

/// One row of a table: its cells, and where the first one leads to below the base.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) address: Option<String>,
    pub(crate) cells: Vec<String>,
}

/// A page that is being written. Everything that goes in is escaped, but what this module writes itself.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    base: &'a str,
    title: String,
    visitor: Option<(&'a Visitor, String)>,
    body: String,
}

impl<'a> Page<'a> {
    /// A page of somebody, who is shown by name.
    pub(crate) fn of(base: &'a str, visitor: &'a Visitor, name: &str, title: &str) -> Self {
        let visitor = Some((visitor, name.to_owned()));
        Self { base, title: title.to_owned(), visitor, body: String::new() }
    }

    /// A page for whoever it is.
    pub(crate) fn open(base: &'a str, title: &str) -> Self {
        Self { base, title: title.to_owned(), visitor: None, body: String::new() }
    }

    /// Something that went wrong, first of all and read out at once.
    pub(crate) fn alert(&mut self, text: &str) {
        self.push(format_args!("<p class=\"alert\" role=\"alert\">{}</p>\n", Prose(text)));
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.push(format_args!("<h2>{}</h2>\n", Safe(text)));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.push(format_args!("<p>{}</p>\n", Prose(text)));
    }

    /// Facts with their names; those without a text are left out.
    pub(crate) fn facts<'f>(&mut self, facts: impl IntoIterator<Item = (&'f str, String)>) {
        self.body.push_str("<dl class=\"facts\">\n");
        for (name, text) in facts.into_iter().filter(|(_, text)| !text.is_empty()) {
            self.push(format_args!("<div><dt>{}</dt><dd>{}</dd></div>\n", Safe(name), Prose(&text)));
        }
        self.body.push_str("</dl>\n");
    }

    pub(crate) fn list<T: AsRef<str>>(&mut self, items: impl IntoIterator<Item = T>) {
        self.body.push_str("<ul>\n");
        for item in items {
            self.push(format_args!("<li>{}</li>\n", Prose(item.as_ref())));
        }
        self.body.push_str("</ul>\n");
    }

    /// A table with a name. The first cell of a row leads to an address below the base, where it has one.
    pub(crate) fn table(&mut self, title: &str, heads: &[&str], rows: &[Row]) {
        self.push(format_args!(
            "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\">\n<table>\n<caption>{0}</caption>\n<thead>\n<tr>",
            Safe(title)
        ));
        for head in heads {
            self.push(format_args!("<th scope=\"col\">{}</th>", Safe(head)));
        }
        self.body.push_str("</tr>\n</thead>\n<tbody>\n");
        for Row { address, cells } in rows {
            self.body.push_str("<tr>");
            for (number, cell) in cells.iter().enumerate() {
                match address.as_ref().filter(|_| number == 0) {
                    Some(address) => self.push(format_args!(
                        "<th scope=\"row\"><a href=\"{}{}\">{}</a></th>",
                        Safe(self.base),
                        Safe(address),
                        Safe(cell)
                    )),
                    None if number == 0 => self.push(format_args!("<th scope=\"row\">{}</th>", Prose(cell))),
                    None => self.push(format_args!("<td>{}</td>", Prose(cell))),
                }
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody>\n</table>\n</div>\n");
    }

    /// A form that asks for a reason and offers answers, each a name to send and a word to show.
    pub(crate) fn decide(
        &mut self,
        address: &str,
        hidden: &[(&str, &str)],
        reason: &Reason<'_>,
        answers: &[(&str, &str)],
    ) {
        let token = self.visitor.as_ref().map(|(visitor, _)| visitor.token().to_owned()).unwrap_or_default();
        self.push(format_args!(
            "<form method=\"post\" action=\"{}{}\" aria-label=\"Decision\">\n",
            Safe(self.base),
            Safe(address)
        ));
        for (name, value) in hidden.iter().copied().chain([(TOKEN, token.as_str())]) {
            self.push(format_args!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
                Safe(name),
                Safe(value)
            ));
        }
        self.push(format_args!(
            "<label for=\"reason\">Reason</label>\n<p id=\"hint\" class=\"hint\">{}</p>\n\
             <textarea id=\"reason\" name=\"reason\" rows=\"3\" maxlength=\"2000\" aria-describedby=\"hint\">{}</textarea>\n<p class=\"answers\">",
            Safe(reason.hint),
            Safe(reason.given)
        ));
        for (value, word) in answers {
            self.push(format_args!(
                "<button name=\"decision\" value=\"{0}\" class=\"{0}\">{1}</button>\n",
                Safe(value),
                Safe(word)
            ));
        }
        self.body.push_str("</p>\n</form>\n");
    }

    /// A form with one field for a text that is not shown while it is typed.
    pub(crate) fn ask_secret(&mut self, address: &str, name: &str, label: &str, word: &str) {
        self.push(format_args!(
            "<form method=\"post\" action=\"{}{}\" aria-label=\"{word}\">\n<label for=\"{name}\">{}</label>\n\
             <input id=\"{name}\" name=\"{name}\" type=\"password\" autocomplete=\"off\" required autofocus>\n\
             <p class=\"answers\"><button>{}</button></p>\n</form>\n",
            Safe(self.base),
            Safe(address),
            Safe(label),
            Safe(word)
        ));
    }

    /// The whole page.
    pub(crate) fn finish(self) -> String {
        let mut page = String::new();
        let (base, title) = (Safe(self.base), Safe(&self.title));
        // INVARIANT: writing into a text does not fail.
        let _ = write!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
             <link rel=\"stylesheet\" href=\"{base}/style.css\">\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#main\">To the content</a>\n"
        );
        if let Some((visitor, name)) = &self.visitor {
            let _ = write!(page, "<nav aria-label=\"Pages\">\n<ul>\n");
            for (address, word) in [("/", "To decide"), ("/reviews", "To review"), ("/findings", "Findings")]
            {
                let _ = writeln!(page, "<li><a href=\"{base}{address}\">{word}</a></li>");
            }
            let _ = write!(page, "</ul>\n<p>{}</p>\n", Safe(name));
            if let Some(sign_out) = &visitor.sign_out {
                let (to, token) = (Safe(sign_out), Safe(visitor.token()));
                let _ = writeln!(
                    page,
                    "<form method=\"post\" action=\"{to}\" aria-label=\"Session\"><input type=\"hidden\" name=\"{TOKEN}\" value=\"{token}\">\
                     <button>Sign out</button></form>"
                );
            }
            page.push_str("</nav>\n");
        }
        let _ =
            write!(page, "<main id=\"main\">\n<h1>{title}</h1>\n{}</main>\n</body>\n</html>\n", self.body);
        page
    }

    pub(crate) fn base(&self) -> &str {
        self.base
    }

    /// Adds what is markup already.
    pub(crate) fn write(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    fn push(&mut self, text: impl Display) {
        // INVARIANT: writing into a text does not fail.
        let _ = write!(self.body, "{text}");
    }
}

/// What stands in and beside the field for a reason.
#[derive(Debug, Default)]
pub(crate) struct Reason<'a> {
    /// When one is needed.
    pub(crate) hint: &'a str,
    /// What was written already.
    pub(crate) given: &'a str,
}

/// How pages look: as reports do, with forms.
pub(crate) fn style() -> String {
    format!("{STYLE}{FORMS}")
}

/// The name to show of somebody, or else the id.
pub(crate) fn name(names: &BTreeMap<IdentityId, String>, id: &IdentityId) -> String {
    names.get(id).cloned().unwrap_or_else(|| id.to_string())
}

pub(crate) fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

const FORMS: &str = "\
nav { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; max-width: 68rem; margin: 0 auto;
  padding: .75rem 1.25rem; border-bottom: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; list-style: none; margin: 0; padding: 0; flex: 1; }
nav p { margin: 0; color: var(--faint); }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--page); padding: .5rem; }
a { color: inherit; text-underline-offset: .2em; }
a:focus-visible, button:focus-visible, textarea:focus-visible, input:focus-visible { outline: 3px solid var(--bar);
  outline-offset: 2px; }
tbody th { font-weight: 400; }
.facts { display: grid; gap: .375rem 1.5rem; margin: 1rem 0; }
.facts div { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: 1rem; }
.facts dd { font-size: 1rem; font-weight: 400; white-space: normal; overflow-wrap: anywhere; }
.facts dt { font-size: 1rem; }
.alert { border: 2px solid var(--mark); border-radius: .5rem; padding: .75rem 1rem; }
label { display: block; font-weight: 600; margin-top: 1.5rem; }
.hint { color: var(--faint); margin: 0 0 .375rem; font-size: .9375rem; }
.find { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; margin: 1rem 0 0; }
.find label { margin: 0; }
.parts { display: flex; gap: 1.5rem; }
.parts a { padding: .5rem 0; min-height: 2.75rem; }
textarea, input[type=password] { width: 100%; max-width: 40rem; padding: .5rem; font: inherit; color: inherit;
  background: var(--page); border: 1px solid var(--faint); border-radius: .375rem; }
input[type=search] { padding: .5rem; font: inherit; color: inherit; background: var(--page); min-width: 0; flex: 0 1 20rem;
  border: 1px solid var(--faint); border-radius: .375rem; }
.answers { display: flex; flex-wrap: wrap; gap: .75rem; margin: .75rem 0 0; }
button { font: inherit; padding: .5rem 1.25rem; border: 1px solid var(--faint); border-radius: .375rem; cursor: pointer;
  background: var(--soft); color: inherit; min-height: 2.75rem; }
nav button { min-height: 0; padding: .25rem .75rem; }
button.approve, button.keep { background: #1f5f99; border-color: #1f5f99; color: #fff; }
@media (max-width: 40rem) { .facts div { grid-template-columns: 1fr; gap: 0; } }
@media print { nav, form, .skip { display: none; } }
";
