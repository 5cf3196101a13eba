//! Writes the HTML of every mail in the pseudo-languages into a folder, for `make screenshots`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use relatch_domain::mail::failure::MailFailure;
use relatch_domain::use_cases::sample::SAMPLE_MAILS;
use relatch_languages::Pseudo;
use relatch_tests::world::in_memory;

const LANGUAGES: [(&str, Pseudo); 2] =
    [("long", Pseudo::Long), ("right-to-left", Pseudo::RightToLeft)];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("give a folder")?;
    fs::create_dir_all(&folder)?;
    let (_, memory) = in_memory(&[]);
    for (name, mail) in SAMPLE_MAILS {
        for (language, pseudo) in LANGUAGES {
            let sample = memory.service().sample_mail(mail, pseudo.texts()).await;
            let (message, _) = sample.map_err(MailFailure::as_str)?;
            let path = Path::new(&folder).join(format!("mail-{name}-{language}.html"));
            fs::write(path, message.parts.html)?;
        }
    }
    Ok(())
}
