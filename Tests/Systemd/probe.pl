# Tries what the service must not be able to do, and some things that it has to, and says of each `yes` or the error. More
# devices to open come as arguments.
use strict;
use warnings;
use Socket;

my ($shell, $loader) = ('/bin/sh', '/lib64/ld-linux-x86-64.so.2');
sub answer { my ($name, $can) = @_; printf "%s: %s\n", $name, $can ? 'yes' : $!{ENOENT} ? 'ENOENT' : "$!"; }
# Of x86_64: the machine under test has no headers to ask.
my %call = (ptrace => 101, mount => 165, unshare => 272, memfd_create => 319, sched_setscheduler => 144, mprotect => 10);

sub writes { my $path = shift; my $can = open(my $file, '>', $path); answer("write $path", $can); unlink $path if $can; }
writes($_) for '/srv/open/probe', '/var/lib/visage/probe', '/run/visage/probe', '/tmp/probe';
answer('read /home/somebody/file', open(my $home, '<', '/home/somebody/file'));
answer('see another process', -d '/proc/1');
# What it writes into its own /tmp nobody else sees, and the other way round.
answer('see the /tmp of others', -e '/tmp/others');

answer('open /dev/null', open(my $null, '+<', '/dev/null'));
answer("open $_", open(my $device, '<', $_)) for '/dev/forbidden', @ARGV;

my %family = (AF_UNIX => 1, AF_INET => 2, AF_NETLINK => 16, AF_VSOCK => 40);
answer("socket $_", socket(my $any, $family{$_}, SOCK_DGRAM, 0)) for sort keys %family;
for my $address ('192.168.77.1', '203.0.113.1') {
    my $can = socket(my $udp, AF_INET, SOCK_DGRAM, 0);
    $can &&= send($udp, 'hello', 0, pack_sockaddr_in(9, inet_aton($address)));
    answer("send to $address", $can);
}

# Each in a process of its own, for what it changes.
sub apart {
    my ($name, $try) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) { answer($name, $try->()); exit; }
    waitpid($pid, 0);
}
apart('ptrace', sub { syscall($call{ptrace}, 0, 0, 0, 0) == 0 });
apart('new user namespace', sub { syscall($call{unshare}, 0x10000000) == 0 });
apart('file in memory', sub { my $name = "x\0"; syscall($call{memfd_create}, $name, 0) >= 0 });
apart('set-user-id file', sub {
    my $path = '/var/lib/visage/suid';
    open(my $file, '>', $path) or return 0;
    my $can = chmod 04755, $path;
    my $error = $!;
    unlink $path;
    $! = $error;
    $can;
});

sub runs {
    my ($name, @command) = @_;
    open(my $errors, '>&', \*STDERR);
    open(STDERR, '>', '/dev/null');
    my $status = system { $command[0] } @command;
    # The loader itself may run, and be refused what it is to load.
    my $outcome = $status == 0 ? 'yes' : $status == -1 ? "$!" : 'failed';
    open(STDERR, '>&', $errors);
    print "run $name: $outcome\n";
}
runs('a shell', $shell, '-c', ':');
runs('a shell through the loader', $loader, $shell, '-c', ':');
for my $folder ('/var/lib/visage', '/run/visage', '/tmp', '/var/tmp', '/dev/shm') {
    my $copy = "$folder/shell";
    open(my $from, '<:raw', $shell) or die "$shell: $!";
    if (open(my $to, '>:raw', $copy)) {
        local $/;
        print {$to} readline($from);
        close $to;
        chmod 0755, $copy;
        runs("a shell in $folder", $copy, '-c', ':');
        unlink $copy;
    } else {
        answer("run a shell in $folder", 0);
    }
}

open(my $status, '<', '/proc/self/status') or die "/proc/self/status: $!";
for (<$status>) { print "$1: $2\n" if /^(CapBnd|CapEff|NoNewPrivs|Seccomp|Uid):\t(\S+)/; }
