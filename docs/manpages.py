#!/usr/bin/env python3
"""Makes the man pages: visage(1), visaged(8), visage-web(8), visage-mqtt(8) and visage-fleet(8) from the help of the programs,
visaged.yaml(5) from configuration.md.

    docs/manpages.py FOLDER_OF_PROGRAMS INTO

INTO gets man1/visage.1, man8/visaged.8, man8/visage-web.8, man8/visage-mqtt.8, man8/visage-fleet.8 and man5/visaged.yaml.5.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent

EXIT_STATUS = [
    ("0", "Success."),
    ("1", "Failure: a file, a camera or the daemon could not be used."),
    ("64", "Wrong usage: an unknown command or option, or a value out of range."),
    ("78", "Wrong configuration."),
]

FILES = [
    ("/etc/visage/visaged.yaml", "Configuration."),
    ("/var/lib/visage", "Gallery, event log, recordings and unknown people."),
    ("/run/visage/events.sock", "Socket of the events."),
]


def roff(text):
    """Text as roff takes it literally."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.M)


def rich(text):
    """Text with `code` in bold, as roff."""
    parts = re.split(r"`([^`]*)`", text)
    return "".join(f"\\fB{roff(part)}\\fR" if index % 2 else roff(part) for index, part in enumerate(parts))


def plain_links(text):
    """Markdown without its links: their text alone."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)


def title(name, section, version):
    return [f'.TH {roff(name).upper()} {section} "" "visage {version}" "Visage"']


def flags(argument):
    spelled = ["-" + n["name"] if n["kind"] == "short" else "--" + n["name"] for n in argument["names"]]
    return ", ".join(f"\\fB{roff(name)}\\fR" for name in spelled)


def entry(argument):
    """An argument or option as a paragraph with a tag."""
    value = argument["valueName"].replace("-", "_").upper()
    if argument["kind"] == "positional":
        tag = f"\\fI{roff(value)}\\fR"
    elif argument["kind"] == "option":
        tag = f"{flags(argument)} \\fI{roff(value)}\\fR"
    else:
        tag = flags(argument)
    text = argument.get("abstract", "")
    default = argument.get("defaultValue")
    if default and argument["kind"] != "flag":
        text += f" Default: {default}."
    return [".TP", tag, rich(text)]


def synopsis(path, command):
    arguments = [a for a in command.get("arguments", []) if a["shouldDisplay"] and a["names" if "names" in a else "kind"]]
    words = [f"\\fB{roff(path)}\\fR"]
    for argument in arguments:
        value = argument["valueName"].replace("-", "_").upper()
        if argument["kind"] == "positional":
            word = f"\\fI{roff(value)}\\fR"
        elif argument["kind"] == "option":
            word = f"{flags(argument).split(', ')[0]} \\fI{roff(value)}\\fR"
        else:
            word = flags(argument).split(", ")[0]
        if argument["isRepeating"]:
            word += " ..."
        words.append(f"[{word}]" if argument["isOptional"] else word)
    return " ".join(words)


def description(command):
    lines = [rich(command.get("abstract", ""))]
    if command.get("discussion"):
        lines += [".PP", rich(command["discussion"].strip())]
    return lines


def shown(command):
    """Without --help and --version, which every command has."""
    return [
        argument for argument in command.get("arguments", [])
        if argument["shouldDisplay"] and not {"help", "version"} & {name["name"] for name in argument.get("names", [])}
    ]


def leaves(command, path):
    """All commands that can be run, with their words."""
    subcommands = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
    if not subcommands:
        yield path, command
    for sub in subcommands:
        yield from leaves(sub, f"{path} {sub['commandName']}")


def ending(see_also):
    lines = [".SH EXIT STATUS"]
    for code, meaning in EXIT_STATUS:
        lines += [".TP", f"\\fB{code}\\fR", roff(meaning)]
    return lines + [".SH SEE ALSO", ", ".join(f"\\fB{roff(name)}\\fR({section})" for name, section in see_also)]


def visage_page(command, version):
    lines = title("visage", 1, version)
    lines += [".SH NAME", f"visage \\- {roff(first_lower(command['abstract']))}"]
    lines += [".SH SYNOPSIS", "\\fBvisage\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR ...]"]
    lines += [".SH DESCRIPTION", *description(command), ".PP"]
    lines += [roff("Every command takes --help, which prints its options.")]
    lines += [".SH COMMANDS"]
    for path, sub in leaves(command, "visage"):
        lines += [f".SS {roff(path)}", synopsis(path, {"arguments": shown(sub)}), ".PP", *description(sub)]
        for argument in shown(sub):
            lines += entry(argument)
    return lines + ending([("visaged", 8), ("visaged.yaml", 5)])


def service_page(name, command, version, files, see_also):
    """The page of a service."""
    lines = title(name, 8, version)
    lines += [".SH NAME", f"{roff(name)} \\- {roff(first_lower(command['abstract']))}"]
    subcommands = list(leaves(command, name))
    lines += [".SH SYNOPSIS"]
    for path, sub in subcommands:
        lines += [synopsis(path, {"arguments": shown(sub)}), ".br"]
    lines += [".SH DESCRIPTION", *description(command)]
    for path, sub in subcommands:
        # A service with one command has no name for it.
        lines += [".SH OPTIONS"] if path == name else [f".SS {roff(path)}", *description(sub)]
        for argument in shown(sub):
            lines += entry(argument)
    lines += [".SH FILES"]
    for path, meaning in files:
        lines += [".TP", f"\\fI{roff(path)}\\fR", roff(meaning)]
    return lines + ending([("visage", 1), *see_also, ("visaged.yaml", 5), ("systemd.unit", 5)])


def first_lower(text):
    return text[:1].lower() + text[1:].rstrip(".")


def yaml_page(text, version):
    """Headings become sections, rows of tables paragraphs with a tag."""
    lines = title("visaged.yaml", 5, version)
    lines += [".SH NAME", "visaged.yaml \\- configuration of visaged", ".SH DESCRIPTION"]
    text = plain_links(text).split("\n", 1)[1]
    in_code = False
    blank = False
    for line in text.split("\n"):
        if line.startswith("```"):
            in_code = not in_code
            lines += [".PP", ".nf"] if in_code else [".fi"]
        elif in_code:
            lines.append(roff(line))
        elif line.startswith("## "):
            lines.append(f".SH {rich(line[3:]).upper() if '`' not in line else roff(line[3:].strip('`').upper())}")
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if cells[0] == "Key" or set(cells[0]) <= set("-"):
                continue
            key, default, limits, meaning = cells
            lines += [".TP", rich(key), rich(f"{meaning} Default: {default}. Range: {limits}.")]
        elif not line:
            blank = True
            continue
        else:
            if blank and lines[-1] not in (".PP", ".SH DESCRIPTION"):
                lines.append(".PP")
            lines.append(rich(line))
        blank = False
    lines += [".SH SEE ALSO", "\\fBvisaged\\fR(8), \\fBvisage\\fR(1)"]
    return lines


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: docs/manpages.py FOLDER_OF_PROGRAMS INTO")
    programs, into = Path(sys.argv[1]), Path(sys.argv[2])

    def output(program, option):
        try:
            return subprocess.run([programs / program, option], check=True, capture_output=True, text=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"docs/manpages.py: {programs / program} cannot print its help; run `make build` first: {error}")

    version = output("visaged", "--version").strip()
    pages = {
        "man1/visage.1": visage_page(json.loads(output("visage", "--experimental-dump-help"))["command"], version),
        "man8/visaged.8": service_page(
            "visaged", json.loads(output("visaged", "--experimental-dump-help"))["command"], version, FILES,
            [("visage-web", 8), ("visage-mqtt", 8), ("visage-fleet", 8)]),
        "man8/visage-web.8": service_page(
            "visage-web", json.loads(output("visage-web", "--experimental-dump-help"))["command"], version,
            [*FILES, ("/var/lib/visage/web", "Visits of the timeline, users and passwords.")], [("visaged", 8)]),
        "man8/visage-mqtt.8": service_page(
            "visage-mqtt", json.loads(output("visage-mqtt", "--experimental-dump-help"))["command"], version,
            [
                ("/etc/visage/visaged.yaml", "Configuration; the section mqtt is for this program."),
                ("/var/lib/visage-mqtt", "The place in the events."),
            ], [("visaged", 8)]),
        "man8/visage-fleet.8": service_page(
            "visage-fleet", json.loads(output("visage-fleet", "--experimental-dump-help"))["command"], version,
            [
                ("/etc/visage/visaged.yaml", "Configuration; the section fleet is for this program."),
                ("/var/lib/visage/fleet", "The place in the events, and what was learned from other machines."),
                ("/run/visage/fleet.sock", "Socket of the events of all machines."),
            ], [("visaged", 8)]),
        "man5/visaged.yaml.5": yaml_page((DOCS / "configuration.md").read_text(), version),
    }
    for name, lines in pages.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
