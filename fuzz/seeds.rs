//! Writes what the search of a target begins with: `seeds FOLDER`. Each target has a folder in it; `words` lists what may
//! be put in.
#![forbid(unsafe_code)]

use flow_fuzz::{corpus, mutate, targets};
use std::path::Path;

fn main() {
    let folder = std::env::args().nth(1).expect("seeds FOLDER");
    let folder = Path::new(&folder);
    let texts: Vec<Vec<u8>> = corpus::texts().into_iter().map(String::into_bytes).collect();
    for (target, _) in targets::ALL {
        let inputs = match *target {
            "program" => corpus::programs(),
            "snapshot" => corpus::snapshots(),
            _ => texts.clone(),
        };
        let place = folder.join(target);
        std::fs::create_dir_all(&place).expect("the folder can be made");
        for (at, bytes) in inputs.iter().enumerate() {
            std::fs::write(place.join(format!("seed-{at}")), bytes).expect("it is written");
        }
        println!("{target}: {} seeds", inputs.len());
    }
    std::fs::write(folder.join("words"), mutate::dictionary()).expect("it is written");
}
