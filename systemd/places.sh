# Where things are installed; for install.sh and uninstall.sh, which source it. DESTDIR and PREFIX come from make.
PREFIX=${PREFIX:-/usr/local}
DESTDIR=${DESTDIR:-}
if [[ $PREFIX != /* || $PREFIX == / || $PREFIX == */ || $PREFIX == *' '* ]]; then
    echo "make: PREFIX is '$PREFIX'; it has to begin with a / , not end with one, and hold no blanks" >&2
    exit 1
fi
bin=$PREFIX/bin
private=$PREFIX/lib/visage
share=$PREFIX/share/visage
doc=$PREFIX/share/doc/visage
man=$PREFIX/share/man
# Where the shells look for completions; zsh looks elsewhere for those of Debian's packages.
bash_completion=$PREFIX/share/bash-completion/completions
fish_completion=$PREFIX/share/fish/vendor_completions.d
case $PREFIX in
    /usr) zsh_completion=/usr/share/zsh/vendor-completions ;;
    *) zsh_completion=$PREFIX/share/zsh/site-functions ;;
esac
# systemd looks into these two prefixes only; what lies in any other it finds in /etc.
case $PREFIX in
    /usr | /usr/local) units=$PREFIX/lib/systemd/system sysusers=$PREFIX/lib/sysusers.d tmpfiles=$PREFIX/lib/tmpfiles.d ;;
    *) units=/etc/systemd/system sysusers=/etc/sysusers.d tmpfiles=/etc/tmpfiles.d ;;
esac
