//! Writes the texts for the JavaScript build: the table of each language but English into the first
//! folder, and the messages of the elements as TypeScript into the second.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use relatch_languages::{
    ELEMENTS, Language, RIGHT_TO_LEFT, TABLES, TRADITIONAL_CHINESE, file_name,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let [tables, messages] = [arguments.next(), arguments.next()]
        .map(|folder| folder.ok_or("give a folder for tables and one for messages"));
    let (tables, messages) = (tables?, messages?);
    for folder in [&tables, &messages] {
        fs::create_dir_all(folder)?;
    }
    for language in Language::all().filter(|language| *language != Language::ENGLISH) {
        for (_, table) in TABLES.iter().filter(|(tag, _)| *tag == language.tag()) {
            fs::write(Path::new(&tables).join(file_name(language)), table)?;
        }
    }
    let mut loaders = String::new();
    for (tag, texts) in ELEMENTS {
        let mut code = String::from(
            "import type { Messages } from \"../messages.js\";\n\nconst messages: Messages = {\n",
        );
        for (key, text) in texts {
            // Neither has a control character.
            let text = text.replace('\\', "\\\\").replace('"', "\\\"");
            writeln!(code, "  \"{key}\": \"{text}\",")?;
        }
        code.push_str("};\n\nexport default messages;\n");
        fs::write(Path::new(&messages).join(format!("{tag}.ts")), code)?;
        if tag != Language::ENGLISH.tag() {
            let name = tag.to_lowercase();
            writeln!(loaders, "  \"{name}\": () => import(\"./{tag}.js\"),")?;
        }
    }
    let code = format!(
        "import type {{ Messages }} from \"../messages.js\";\n\n\
         /** Loads the messages of each language but English, by its tag in lower case. */\n\
         export const LOADERS: Record<string, () => Promise<{{ default: Messages }}>> = {{\n{loaders}}};\n\n\
         /** The languages that are written from right to left. */\n\
         export const RIGHT_TO_LEFT: readonly string[] = {RIGHT_TO_LEFT:?};\n\n\
         /** The regions whose Chinese is written with traditional characters. */\n\
         export const TRADITIONAL_CHINESE: readonly string[] = {TRADITIONAL_CHINESE:?};\n"
    );
    fs::write(Path::new(&messages).join("index.ts"), code)?;
    Ok(())
}
