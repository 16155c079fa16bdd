"""What is allowed, what comes next and why. Pure: no Django, no Celery, no boto3, no clock."""
