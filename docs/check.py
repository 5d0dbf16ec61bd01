#!/usr/bin/env python3
"""Checks the documentation: links lead somewhere, and command lines parse. `make check` runs it.

    docs/check.py FOLDER_OF_PROGRAMS

Links are checked in README, CONTRIBUTING, CHANGELOG and docs/: files exist, and so do headings. A command line of visage,
visaged, visage-mqtt or visage-fleet, in a code block or in code within text, may name only subcommands, options and values that the program has;
in a code block its arguments are complete, too. `make TARGET` has to be a target of the Makefile.
"""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = ("visage", "visaged", "visage-web", "visage-mqtt", "visage-fleet")
# Between these words a line has several commands.
SEPARATORS = {"|", "||", "&&", ";"}


class Problem(Exception):
    """A sentence about a command line."""


def anchors(page):
    """The anchors that GitHub makes of a page's headings."""
    found = set()
    for heading in re.findall(r"^#+ +(.*)$", without_blocks(page.read_text()), re.M):
        text = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
        found.add(text.replace(" ", "-"))
    return found


def without_blocks(text):
    """The text with code blocks blanked, so that line numbers stay."""
    return re.sub(r"^```.*?^```$", lambda block: "\n" * block[0].count("\n"), text, flags=re.M | re.S)


def broken_links(page):
    text = re.sub(r"`[^`\n]*`", lambda code: " " * len(code[0]), without_blocks(page.read_text()))
    for link in re.finditer(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        target = link[1]
        line = text.count("\n", 0, link.start()) + 1
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield line, f"the link {target} leads to a file that does not exist"
        elif anchor and anchor not in anchors(file):
            yield line, f"the link {target} leads to a heading that does not exist"


def code(page):
    """Code that may hold command lines: line number, text, whether it stands in a block."""
    text = page.read_text()
    for block in re.finditer(r"^```(?:sh|bash)\n(.*?)^```$", text, re.M | re.S):
        first = text.count("\n", 0, block.start(1)) + 1
        lines = block[1].split("\n")
        index = 0
        while index < len(lines):
            start, line = index, lines[index]
            while line.endswith("\\") and index + 1 < len(lines):
                index += 1
                line = line[:-1] + lines[index]
            yield first + start, line, True
            index += 1
    plain = without_blocks(text)
    for span in re.finditer(r"`([^`]+)`", plain):
        yield plain.count("\n", 0, span.start()) + 1, " ".join(span[1].split()), False


def commands(text):
    """The commands of a line, each as its words."""
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return
    command = []
    for word in [*words, ";"]:
        ends = word in SEPARATORS or word.endswith(";") and word != ";"
        if word not in SEPARATORS:
            command.append(word.rstrip(";"))
        if ends:
            yield command
            command = []


def split_off_sudo(words):
    """Without `sudo` and its options, and without variables that are set."""
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    if words and words[0] == "sudo":
        words = words[1:]
        while words and words[0].startswith("-"):
            words = words[2:] if words[0] == "-u" else words[1:]
    return words


def names(argument):
    return [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]


def check(command, words, path, is_whole):
    """Raises Problem if `command` of the dumped help would not take `words`."""
    subcommands = {sub["commandName"]: sub for sub in command.get("subcommands", [])}
    if subcommands and words and not words[0].startswith("-"):
        # A placeholder, as in `visage COMMAND --help`.
        if words[0].isupper():
            return
        if words[0] not in subcommands:
            raise Problem(f"`{path}` has no subcommand `{words[0]}`")
        check(subcommands[words[0]], words[1:], f"{path} {words[0]}", is_whole)
        return
    arguments = command.get("arguments", [])
    options = {name: argument for argument in arguments for name in names(argument) if argument["kind"] != "positional"}
    positionals = [argument for argument in arguments if argument["kind"] == "positional"]
    given = set()
    count = 0
    words = list(words)
    while words:
        word = words.pop(0)
        if not word.startswith("-") or word == "-":
            count += 1
            continue
        name, equals, value = word.partition("=")
        if name in ("--help", "-h", "--generate-completion-script"):
            return
        if name not in options:
            raise Problem(f"`{path}` has no option `{name}`")
        option = options[name]
        given.add(option["valueName"])
        if option["kind"] == "flag":
            continue
        values = [value] if equals else []
        if not equals:
            if words and not words[0].startswith("--"):
                values.append(words.pop(0))
            while option.get("parsingStrategy") == "upToNextOption" and words and not words[0].startswith("-"):
                values.append(words.pop(0))
        if is_whole and not values:
            raise Problem(f"the option `{name}` of `{path}` has no value")
        for value in values:
            allowed = option.get("allValues")
            choices = value.split("|")
            if allowed and not value.isupper() and not all(choice in allowed for choice in choices):
                raise Problem(f"`{name} {value}`: `{path}` takes {', '.join(allowed)}")
    if not is_whole:
        return
    if subcommands and not given:
        raise Problem(f"`{path}` lacks a subcommand")
    for option in options.values():
        if not option["isOptional"] and option["valueName"] not in given:
            raise Problem(f"`{path}` needs `{names(option)[0]}`")
    least = sum(not argument["isOptional"] for argument in positionals)
    most = None if any(argument["isRepeating"] for argument in positionals) else len(positionals)
    if count < least or most is not None and count > most:
        raise Problem(f"`{path}` does not take {count} argument{'' if count == 1 else 's'}")


def wrong_commands(page, helps, targets):
    for line, text, is_block in code(page):
        for words in commands(text):
            words = split_off_sudo(words)
            if not words:
                continue
            program = words[0].rpartition("/")[2]
            # Within text a name may stand alone, and a command may be cut short.
            is_whole = is_block or len(words) > 2
            try:
                if program in PROGRAMS and (is_block or len(words) > 1):
                    check(helps[program], words[1:], program, is_whole and is_block)
                elif program == "make" and len(words) > 1:
                    for word in words[1:]:
                        if re.fullmatch(r"[a-z-]+", word) and word not in targets:
                            raise Problem(f"the Makefile has no target `{word}`")
            except Problem as problem:
                yield line, f"{problem}, in: {text.strip()}"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: docs/check.py FOLDER_OF_PROGRAMS")
    programs = Path(sys.argv[1])
    helps = {}
    for program in PROGRAMS:
        try:
            dump = subprocess.run(
                [programs / program, "--experimental-dump-help"], check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"docs/check.py: {programs / program} cannot print its help; run `make build` first: {error}")
        helps[program] = json.loads(dump.stdout)["command"]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    count = 0
    for page in PAGES:
        for line, problem in sorted([*broken_links(page), *wrong_commands(page, helps, targets)]):
            print(f"{page.relative_to(ROOT)}, line {line}: {problem}", file=sys.stderr)
            count += 1
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
