#!/usr/bin/perl
# Clients that no library would be: for tests/system/serve.sh. Perl, because every Debian has it.
#   client.pl HOST:PORT say PIECE...      sends the pieces one by one, half-closes, prints what comes until the store closes
#   client.pl HOST:PORT say <FILE         the same with what FILE holds
#   client.pl HOST:PORT flood KEY         asks for KEY until no more requests are taken, and never reads; stays until stdin ends
#   client.pl HOST:PORT trickle KEY BYTES COUNT  asks COUNT times for KEY of BYTES, always 1000 requests ahead of what it reads
#   client.pl HOST:PORT hoard             announces 1000 words of 100 MB and sends them until it is stopped; prints why
#   client.pl HOST:PORT crowd COUNT       COUNT connections at once, each of which gets a PONG; prints how many did
use strict;
use warnings;
use IO::Socket::INET;

my ($store, $what, @rest) = @ARGV;
$SIG{PIPE} = 'IGNORE';
$| = 1;

sub connection {
  my $socket = IO::Socket::INET->new(PeerAddr => $store, Timeout => 10) or die "connecting to $store: $!\n";
  $socket->autoflush(1);
  return $socket;
}

sub get { my $key = shift; return "*2\r\n\$3\r\nGET\r\n\$" . length($key) . "\r\n$key\r\n" }

sub read_exactly {
  my ($socket, $bytes) = @_;
  while ($bytes > 0) {
    my $n = sysread($socket, my $buffer, $bytes < 65536 ? $bytes : 65536);
    die "the store closed the connection with $bytes bytes to come\n" unless $n;
    $bytes -= $n;
  }
}

my $socket = connection() unless $what eq 'crowd';
if ($what eq 'say') {
  if (fork == 0) {
    if (@rest) { syswrite($socket, $_), select(undef, undef, undef, 0.02) for @rest }
    else { print $socket $_ while <STDIN> }
    $socket->shutdown(1);
    exit 0;
  }
  while (sysread($socket, my $buffer, 65536)) { print $buffer }
  wait;
} elsif ($what eq 'flood') {
  $socket->blocking(0);
  my $asked = get($rest[0]) x 1000;
  my $at = 0;
  for (my $idle = 0; $idle < 10; ++$idle) {
    while (my $n = syswrite($socket, $asked, length($asked) - $at, $at)) { $at = ($at + $n) % length($asked), $idle = 0 }
    select(undef, undef, undef, 0.05);
  }
  print "full\n";
  <STDIN>;
} elsif ($what eq 'trickle') {
  my ($key, $bytes, $count) = @rest;
  print $socket get($key) x 1000;
  for (1 .. $count) {
    print $socket get($key) if $_ <= $count - 1000;
    read_exactly($socket, length("\$$bytes\r\n") + $bytes + 2);
  }
  print "read $count\n";
} elsif ($what eq 'hoard') {
  my $length = 100 << 20;
  my $word = "\$$length\r\n" . 'x' x $length . "\r\n";
  print $socket $_ for "*1000\r\n", $word, $word, $word;
  my $why;
  print sysread($socket, $why, 1000) ? $why : "closed\n";
} elsif ($what eq 'crowd') {
  my @crowd = map { connection() } 1 .. $rest[0];
  print $_ "PING\r\n" for @crowd;
  my $pongs = 0;
  for (@crowd) { ++$pongs if (<$_> // '') eq "+PONG\r\n" }
  print "$pongs\n";
} else {
  die "unknown: $what\n";
}
