// On a phone the settings list is one line that scrolls: show where one is.
document.querySelector(".settings-links [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
