"""The sockets over which what runs on this machine is told what to do: the process supervisor and HAProxy."""
