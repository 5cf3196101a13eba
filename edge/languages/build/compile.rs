//! Compiles Fluent files into Rust: a method for each message, with its variables as parameters, and
//! the texts of each language as a list of slots.
//!
//! `en.ftl` defines the messages. A message is an attribute, and its key is `message.attribute`. In
//! the other files the same keys and variables must exist, and no others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fluent_syntax::ast::{
    Entry, Expression, InlineExpression, Message, Pattern, PatternElement, VariantKey,
};
use fluent_syntax::parser;
use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};
use unic_langid::LanguageIdentifier;

/// The tag of the file that defines the messages.
const ORIGINAL: &str = "en";

/// The plural categories in the order of their slots.
const CATEGORIES: [(&str, PluralCategory); 6] = [
    ("zero", PluralCategory::ZERO),
    ("one", PluralCategory::ONE),
    ("two", PluralCategory::TWO),
    ("few", PluralCategory::FEW),
    ("many", PluralCategory::MANY),
    ("other", PluralCategory::OTHER),
];

/// The category of a number is that of its last two digits, and of 100 more for larger ones. CLDR
/// has no rule for whole numbers below a million that needs more.
const NUMBERS: u32 = 200;

/// The most variables of a message. Their places are the characters below the tabulator.
const MAX_VARIABLES: usize = 8;

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Variable(String),
}

/// The text of a message in one language: one, or one for each plural category of a variable.
#[derive(Clone, Debug)]
enum Text {
    Plain(Vec<Part>),
    Plural { variable: String, variants: BTreeMap<usize, Vec<Part>> },
}

/// A message of a file.
#[derive(Clone, Debug)]
struct Entered {
    key: String,
    group: String,
    text: Text,
}

/// A message as all languages have it.
struct Defined<'a> {
    key: &'a str,
    group: &'a str,
    /// The variables in the order of the parameters.
    variables: Vec<String>,
    /// The variable whose plural category selects the text in some language.
    plural: Option<String>,
}

impl Defined<'_> {
    fn is_of_elements(&self) -> bool {
        self.group.to_lowercase().contains("elements")
    }

    /// Whether an application may replace its text on the hosted pages.
    fn is_of_pages(&self) -> bool {
        self.group.to_lowercase().contains("pages")
    }

    /// Whether only the elements have it, so that it has no slot.
    fn is_only_of_elements(&self) -> bool {
        self.group == "Elements"
    }

    fn name(&self) -> String {
        self.key.replace(['.', '-'], "_")
    }
}

/// Compiles files, each a tag and its source, into Rust.
///
/// # Errors
///
/// Every error, with its file and key.
pub fn compile(files: &[(String, String)]) -> Result<String, Vec<String>> {
    let mut errors = Vec::new();
    let mut languages = Vec::new();
    for (tag, source) in files {
        match parse(source) {
            Ok(entries) => languages.push((tag.as_str(), entries)),
            Err(wrong) => errors.extend(wrong.iter().map(|wrong| format!("{tag}.ftl: {wrong}"))),
        }
    }
    let original = languages.iter().find(|(tag, _)| *tag == ORIGINAL);
    let Some((_, original)) = original else {
        errors.push(format!("{ORIGINAL}.ftl: does not exist or has errors"));
        return Err(errors);
    };
    let defined: Vec<Defined<'_>> =
        original.iter().map(|entry| define(entry, &languages)).collect();
    for message in &defined {
        if message.variables.len() > MAX_VARIABLES {
            errors.push(format!("{ORIGINAL}.ftl: `{}` has too many variables", message.key));
        }
        if message.is_of_elements() && message.plural.is_some() {
            errors.push(format!(
                "`{}` must not have plural variants: it is a message of the elements",
                message.key
            ));
        }
    }
    for (tag, entries) in &languages {
        check(tag, entries, &defined, &mut errors);
    }
    if errors.is_empty() { Ok(write(&languages, &defined)) } else { Err(errors) }
}

/// Parses a file.
fn parse(source: &str) -> Result<Vec<Entered>, Vec<String>> {
    let resource = parser::parse(source).map_err(|(_, errors)| {
        errors
            .iter()
            .map(|error| {
                let before = source.get(..error.pos.start).unwrap_or_default();
                format!("line {}: {}", before.matches('\n').count() + 1, error.kind)
            })
            .collect::<Vec<_>>()
    })?;
    let (mut entries, mut errors): (Vec<Entered>, Vec<String>) = (Vec::new(), Vec::new());
    let mut group = String::new();
    for entry in &resource.body {
        match entry {
            Entry::GroupComment(comment) => comment.content.join(" ").trim().clone_into(&mut group),
            Entry::Comment(_) | Entry::ResourceComment(_) => {}
            Entry::Message(Message { id, value: None, attributes, .. }) => {
                for attribute in attributes {
                    let key = format!("{}.{}", id.name, attribute.id.name);
                    if entries.iter().any(|other| other.key == key) {
                        errors.push(format!("`{key}` occurs twice"));
                    }
                    match text(&attribute.value) {
                        Ok(text) => entries.push(Entered { key, group: group.clone(), text }),
                        Err(wrong) => errors.push(format!("`{key}` {wrong}")),
                    }
                }
            }
            Entry::Message(message) => {
                errors.push(format!("`{}` must have attributes only", message.id.name));
            }
            Entry::Term(term) => errors.push(format!("`-{}` is a term", term.id.name)),
            Entry::Junk { content } => errors.push(format!("cannot be read: {content}")),
        }
    }
    if errors.is_empty() { Ok(entries) } else { Err(errors) }
}

/// Reads a pattern: text and variables, or one selection by a number.
fn text(pattern: &Pattern<&str>) -> Result<Text, String> {
    if let [PatternElement::Placeable { expression: Expression::Select { selector, variants } }] =
        pattern.elements.as_slice()
    {
        let InlineExpression::VariableReference { id } = selector else {
            return Err("must select by a variable".to_owned());
        };
        let mut texts = BTreeMap::new();
        for variant in variants {
            let name = match &variant.key {
                VariantKey::Identifier { name } => *name,
                VariantKey::NumberLiteral { value } => *value,
            };
            let place = CATEGORIES.iter().position(|(category, _)| *category == name);
            let place = place
                .ok_or_else(|| format!("has the variant `{name}`, which is no plural category"))?;
            let text = parts(&variant.value)?;
            if variant.default {
                // The slot of `other` is that of every category without a text.
                texts.insert(CATEGORIES.len() - 1, text.clone());
            }
            texts.insert(place, text);
        }
        return Ok(Text::Plural { variable: id.name.to_owned(), variants: texts });
    }
    Ok(Text::Plain(parts(pattern)?))
}

fn parts(pattern: &Pattern<&str>) -> Result<Vec<Part>, String> {
    let parts = pattern.elements.iter().map(|element| match element {
        PatternElement::TextElement { value } if value.contains(|c: char| c.is_control()) => {
            Err("must be one line".to_owned())
        }
        PatternElement::TextElement { value } => Ok(Part::Text((*value).to_owned())),
        PatternElement::Placeable {
            expression: Expression::Inline(InlineExpression::VariableReference { id }),
        } => Ok(Part::Variable(id.name.to_owned())),
        PatternElement::Placeable { .. } => {
            Err("may contain variables, or one selection that is its whole text".to_owned())
        }
    });
    let parts = parts.collect::<Result<Vec<_>, String>>()?;
    if parts.iter().all(|part| matches!(part, Part::Text(text) if text.trim().is_empty())) {
        return Err("is empty".to_owned());
    }
    Ok(parts)
}

impl Text {
    /// Returns every text with its slot.
    fn slots(&self) -> Vec<(usize, &[Part])> {
        match self {
            Self::Plain(parts) => vec![(CATEGORIES.len() - 1, parts.as_slice())],
            Self::Plural { variants, .. } => {
                variants.iter().map(|(place, parts)| (*place, parts.as_slice())).collect()
            }
        }
    }

    /// Returns the variables in the order of their first use, that of a selection first.
    fn variables(&self) -> Vec<String> {
        let mut variables = Vec::new();
        if let Self::Plural { variable, .. } = self {
            variables.push(variable.clone());
        }
        for (_, parts) in self.slots() {
            for part in parts {
                if let Part::Variable(name) = part
                    && !variables.contains(name)
                {
                    variables.push(name.clone());
                }
            }
        }
        variables
    }
}

fn define<'a>(original: &'a Entered, languages: &[(&str, Vec<Entered>)]) -> Defined<'a> {
    let plural = languages.iter().find_map(|(_, entries)| {
        let entry = entries.iter().find(|entry| entry.key == original.key)?;
        match &entry.text {
            Text::Plural { variable, .. } => Some(variable.clone()),
            Text::Plain(_) => None,
        }
    });
    Defined {
        key: &original.key,
        group: &original.group,
        variables: original.text.variables(),
        plural,
    }
}

/// Compares a language with the messages that all have.
fn check(tag: &str, entries: &[Entered], defined: &[Defined<'_>], errors: &mut Vec<String>) {
    let mut wrong = |error: String| errors.push(format!("{tag}.ftl: {error}"));
    let identifier: Result<LanguageIdentifier, _> = tag.parse();
    if identifier.is_err() || identifier.is_ok_and(|known| known != tag) {
        wrong("the name of the file must be a canonical language tag".to_owned());
    }
    for entry in entries {
        let Some(message) = defined.iter().find(|message| message.key == entry.key) else {
            wrong(format!("`{}` is unknown: {ORIGINAL}.ftl does not have it", entry.key));
            continue;
        };
        let own = entry.text.variables();
        for variable in own.iter().filter(|variable| !message.variables.contains(variable)) {
            wrong(format!("`{}` has the unknown variable `${variable}`", entry.key));
        }
        for variable in message.variables.iter().filter(|variable| !own.contains(variable)) {
            wrong(format!("`{}` lacks the variable `${variable}`", entry.key));
        }
        if let (Text::Plural { variable, .. }, Some(plural)) = (&entry.text, &message.plural)
            && variable != plural
        {
            wrong(format!("`{}` must select by `${plural}`", entry.key));
        }
        for (place, parts) in entry.text.slots() {
            let is_exact = place <= 2;
            for variable in &message.variables {
                let is_used = parts.contains(&Part::Variable(variable.clone()));
                let may_be_written = is_exact && message.plural.as_ref() == Some(variable);
                if !is_used && !may_be_written && own.contains(variable) {
                    wrong(format!("`{}` lacks the variable `${variable}` in a variant", entry.key));
                }
            }
        }
        if entry.key == "date.months" && months(&entry.text).len() != 12 {
            wrong(
                "`date.months` must have twelve names, separated by a comma and a blank".to_owned(),
            );
        }
    }
    for message in defined {
        if entries.iter().all(|entry| entry.key != message.key) {
            wrong(format!("`{}` is missing", message.key));
        }
    }
}

fn months(text: &Text) -> Vec<&str> {
    match text {
        Text::Plain(parts) => match parts.as_slice() {
            [Part::Text(text)] => text.split(", ").collect(),
            _ => Vec::new(),
        },
        Text::Plural { .. } => Vec::new(),
    }
}

/// Writes the code.
fn write(languages: &[(&str, Vec<Entered>)], defined: &[Defined<'_>]) -> String {
    let with_slots = || defined.iter().filter(|message| !message.is_only_of_elements());
    let mut methods = String::new();
    // Slot 0 has the plural category of each number.
    let mut slot = 1;
    let (mut shape, mut pages) = (String::new(), String::new());
    for message in with_slots() {
        method(message, slot, &mut methods);
        let count = if message.plural.is_some() { CATEGORIES.len() } else { 1 };
        if message.is_of_pages() {
            let (key, variables) = (message.key, &message.variables);
            let _ = writeln!(
                pages,
                "    PageMessage {{ key: {key:?}, variables: &{variables:?}, slots: {slot}..{} }},",
                slot + count
            );
        }
        slot += count;
        let _ =
            write!(shape, "{} {} {:?};", message.key, message.variables.join(" "), message.plural);
    }
    let mut code = String::new();
    let _ = writeln!(code, "/// The number of slots.\npub(crate) const SLOTS: usize = {slot};");
    let _ = writeln!(
        code,
        "/// A digest of the keys, their order and their variables.\npub(crate) const DIGEST: &str = \"{:016x}\";",
        fnv(&shape)
    );
    let _ = writeln!(
        code,
        "/// The messages of the hosted pages.\npub(crate) static PAGE_MESSAGES: &[PageMessage] = &[\n{pages}];"
    );
    let tags: Vec<&str> = languages.iter().map(|(tag, _)| *tag).collect();
    let _ = writeln!(
        code,
        "/// The tags of all languages.\npub(crate) static TAGS: [&str; {}] = {tags:?};",
        tags.len()
    );
    let mut tables = String::new();
    let mut elements = String::new();
    for (tag, entries) in languages {
        let slots = slots(tag, entries, with_slots());
        if *tag == ORIGINAL {
            let _ = writeln!(
                code,
                "/// The slots in English.\npub(crate) static ENGLISH: [&str; SLOTS] = {slots:?};"
            );
        }
        let _ = writeln!(tables, "    ({tag:?}, {:?}),", slots.join("\n"));
        let _ = writeln!(elements, "    ({tag:?}, &[");
        for message in defined.iter().filter(|message| message.is_of_elements()) {
            let entry = entries.iter().find(|entry| entry.key == message.key);
            let text: String = entry.iter().flat_map(|entry| named(&entry.text)).collect();
            let _ = writeln!(elements, "        ({:?}, {text:?}),", message.key);
        }
        let _ = writeln!(elements, "    ]),");
    }
    let count = languages.len();
    let _ = writeln!(
        code,
        "/// The table of each language: its slots, each on a line.\npub static TABLES: [(&str, &str); {count}] = [\n{tables}];"
    );
    let _ = writeln!(
        code,
        "/// The messages of the elements in each language, with `{{name}}` in the places of values.\n\
         pub static ELEMENTS: [(&str, &[(&str, &str)]); {count}] = [\n{elements}];"
    );
    let _ = writeln!(code, "impl Texts {{\n{methods}}}");
    code
}

fn method(message: &Defined<'_>, slot: usize, methods: &mut String) {
    let (key, name) = (message.key, message.name());
    let _ = writeln!(methods, "    /// The message `{key}`.\n    #[must_use]");
    if message.variables.is_empty() {
        let _ =
            writeln!(methods, "    pub fn {name}(&self) -> &'static str {{ self.slot({slot}) }}");
        return;
    }
    let is_number = |variable: &String| message.plural.as_ref() == Some(variable);
    let parameters: Vec<String> = message
        .variables
        .iter()
        .map(|name| format!("{name}: {}", if is_number(name) { "u64" } else { "&str" }))
        .collect();
    let values: Vec<String> = message
        .variables
        .iter()
        .map(|name| if is_number(name) { format!("&{name}.to_string()") } else { name.clone() })
        .collect();
    let (parameters, values) = (parameters.join(", "), values.join(", "));
    let body = match &message.plural {
        Some(number) => format!("self.fill(self.plural({slot}, {number}), &[{values}])"),
        None => format!("self.fill(self.slot({slot}), &[{values}])"),
    };
    let _ = writeln!(methods, "    pub fn {name}(&self, {parameters}) -> String {{ {body} }}");
}

/// Returns the slots of a language.
fn slots<'a>(
    tag: &str,
    entries: &[Entered],
    defined: impl Iterator<Item = &'a Defined<'a>>,
) -> Vec<String> {
    let mut slots = vec![plurals(tag)];
    for message in defined {
        let entry = entries.iter().find(|entry| entry.key == message.key);
        let mut texts = vec![String::new(); CATEGORIES.len()];
        for (place, parts) in entry.iter().flat_map(|entry| entry.text.slots()) {
            if let Some(text) = texts.get_mut(place) {
                *text = parts.iter().map(|part| placed(part, &message.variables)).collect();
            }
        }
        match message.plural {
            Some(_) => slots.extend(texts),
            None => slots.extend(texts.pop()),
        }
    }
    slots
}

/// Returns a part with the place of its variable as a control character.
fn placed(part: &Part, variables: &[String]) -> String {
    match part {
        Part::Text(text) => text.clone(),
        Part::Variable(name) => {
            let place = variables.iter().position(|variable| variable == name).unwrap_or_default();
            u8::try_from(place + 1).map(char::from).map(String::from).unwrap_or_default()
        }
    }
}

/// Returns the text with the name of each variable in braces.
fn named(text: &Text) -> Vec<String> {
    let parts = match text {
        Text::Plain(parts) => parts.as_slice(),
        Text::Plural { .. } => &[],
    };
    let named = parts.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Variable(name) => format!("{{{name}}}"),
    });
    named.collect()
}

/// Returns the place of the plural category of each number below [`NUMBERS`], by CLDR.
fn plurals(tag: &str) -> String {
    let language: LanguageIdentifier = tag.parse().unwrap_or_default();
    // The rules are those of a language without script and region.
    let language = LanguageIdentifier::from_parts(language.language, None, None, &[]);
    let rules = PluralRules::create(language, PluralRuleType::CARDINAL).ok();
    (0..NUMBERS)
        .map(|number| {
            let category = rules.as_ref().and_then(|rules| rules.select(number).ok());
            let place = CATEGORIES.iter().position(|(_, known)| category.as_ref() == Some(known));
            place.unwrap_or(CATEGORIES.len() - 1).to_string()
        })
        .collect()
}

/// FNV-1a.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
