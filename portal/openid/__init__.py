"""The portal as an OpenID Connect provider: other programs take their sign-in from it, JupyterHub first."""
