"""What pipelines tell the portal, and what the portal tells them. Releases are recorded, gates are answered.

Notices only make a pipeline due; what it says when it is asked is the truth.
"""
